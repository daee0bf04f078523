#!/bin/sh
# Generates .env with random passwords and tokens for docker compose. Never overwrites an existing file.
set -eu
file="${1:-.env}"
[ ! -e "$file" ] || { echo "$file already exists; it is not overwritten" >&2; exit 1; }
secret() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
umask 077
{
  for name in ADMIN_TOKEN PLAYER_TOKEN METRICS_TOKEN REDIS_PASSWORD POSTGRES_PASSWORD GRAFANA_DATABASE_PASSWORD GRAFANA_ADMIN_PASSWORD; do
    echo "$name=$(secret)"
  done
} > "$file"
echo "$file written. Next: docker compose up -d"
