#!/usr/bin/env bash
# Puts together what runs in the image and in the .deb: the built server with its dependencies, and nothing else.
#   scripts/stage-server.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f dist/src/main.js ] || { echo 'Run npm run build first.' >&2; exit 1; }
mkdir --parents "$1"
cp --recursive package.json package-lock.json .npmrc dist "$1"
rm --recursive --force "$1/dist/packages"
(cd "$1" && npm ci --omit=dev --prefer-offline --no-audit --no-fund --loglevel=error)
node scripts/prune-platforms.mjs "$1"
rm "$1/package-lock.json" "$1/.npmrc"
