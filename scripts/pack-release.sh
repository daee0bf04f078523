#!/usr/bin/env bash
# Packs the built server, without development files: unpack, `npm ci --omit=dev`, `npm start`. `node scripts/prune-platforms.mjs` makes it
# smaller by two thirds.
#   scripts/pack-release.sh FOLDER     writes FOLDER/vigia-VERSION.tar.gz and prints its path
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(node --print "require('./package.json').version")
archive="${1:?usage: scripts/pack-release.sh FOLDER}/vigia-$version.tar.gz"
[ -f dist/src/main.js ] || { echo 'Run npm run build first.' >&2; exit 1; }
tar --create --gzip --file "$archive" --exclude dist/packages --transform "s,^,vigia-$version/," \
  package.json package-lock.json bin dist scripts/build-if-needed.mjs scripts/prune-platforms.mjs deploy grafana docs \
  docker-compose.yml docker-compose.single.yml Dockerfile README.md SPEC.md CHANGELOG.md SECURITY.md LICENSE
echo "$archive"
