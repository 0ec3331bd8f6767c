#!/bin/sh
# Run once, on an empty volume: Temporal keeps its databases apart from the registry, under a role of its own.
set -eu
password=$(cat /run/secrets/temporal_database_password)
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$password" <<'SQL'
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
SQL
