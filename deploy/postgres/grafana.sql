-- The role that Grafana's panels read with: what the Device dashboard shows, and nothing else. No token, no hash of one, no
-- policy, no document. To be run as the owner of the tables, once vigia has made them; again whenever you like:
--   GRAFANA_DATABASE_PASSWORD=… psql -1 -v ON_ERROR_STOP=1 -f deploy/postgres/grafana.sql "$DATABASE_URL"
\getenv password GRAFANA_DATABASE_PASSWORD
select 'create role grafana' where not exists (select from pg_roles where rolname = 'grafana') \gexec
alter role grafana login nosuperuser nocreatedb nocreaterole noinherit connection limit 20 password :'password';
-- A panel that looks too far back is to fail, not to hold up the fleet.
alter role grafana set default_transaction_read_only = on;
alter role grafana set statement_timeout = '10s';

revoke all on all tables in schema public from grafana;
grant usage on schema public to grafana;
grant select on connection_periods, on_air_periods, playback_periods, snapshots to grafana;
-- Of these the columns that say what and when, without what was recorded beside.
grant select (id) on devices to grafana;
grant select (command_id, device_id, group_name, command, status, requested_by, requested_at, ended_at, duration_ms)
  on commands to grafana;
grant select (id, at, actor, kind, device_id, outcome) on audit to grafana;
