#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the owner makes and changes tables, the portal works with rows.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
	--set=owner_password="$OWNER_DATABASE_PASSWORD" --set=app_password="$APP_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE ssc_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE ssc_app LOGIN PASSWORD :'app_password';
CREATE DATABASE ssc OWNER ssc_owner;
\connect ssc
ALTER DEFAULT PRIVILEGES FOR ROLE ssc_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ssc_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ssc_owner GRANT USAGE, SELECT ON SEQUENCES TO ssc_app;
SQL
