-- The roles stay: they belong to the cluster, and other databases may use them.
REVOKE USAGE ON SCHEMA public FROM guichet_server, guichet_eraser;
