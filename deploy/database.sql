-- Roles and database, once for each PostgreSQL cluster, as a superuser:
--   sudo -u postgres env DATABASE_PASSWORD=… psql -v ON_ERROR_STOP=1 -f deploy/database.sql
-- Without DATABASE_PASSWORD the role has no password: enough where the server signs in over the socket as the user of
-- the same name. The tables are made by the server itself, at its start.
\getenv password DATABASE_PASSWORD

-- What the server works as: it may not change what is append-only. The owner only migrates.
CREATE ROLE guichet_server NOLOGIN;
CREATE ROLE guichet_eraser NOLOGIN;
CREATE ROLE guichet LOGIN;
GRANT guichet_server TO guichet;
\if :{?password}
ALTER ROLE guichet PASSWORD :'password';
\endif
CREATE DATABASE guichet OWNER guichet;
