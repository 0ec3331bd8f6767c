#!/bin/sh
# Temporal takes the password of its database from the environment alone: it is read from the mounted secret here.
set -eu
POSTGRES_PWD=$(cat /run/secrets/temporal_database_password)
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh autosetup
