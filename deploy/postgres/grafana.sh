#!/bin/sh
# Runs once, when the database is made: a role for Grafana that may read and nothing else.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$GRAFANA_DATABASE_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
create role grafana login password :'password';
alter role grafana set default_transaction_read_only = on;
alter role grafana set statement_timeout = '10s';
-- vigia makes its tables later.
alter default privileges in schema public grant select on tables to grafana;
SQL
