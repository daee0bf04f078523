#!/bin/sh
# Writes .env with passwords and tokens of this installation's own, for docker compose. Never over one that is there.
set -eu
file="${1:-.env}"
[ ! -e "$file" ] || { echo "$file is there already; it stays as it is" >&2; exit 1; }
secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
umask 077
{
  for name in ADMIN_TOKEN PLAYER_TOKEN METRICS_TOKEN REDIS_PASSWORD POSTGRES_PASSWORD GRAFANA_DATABASE_PASSWORD GRAFANA_ADMIN_PASSWORD; do
    echo "$name=$(secret)"
  done
} > "$file"
echo "$file is written: docker compose up -d"
