DROP TABLE pool_places;
