#!/bin/sh
# Writes into the compose files the digest of each image that this machine has pulled, so that a tag that is moved changes nothing:
#   docker compose pull && scripts/pin-images.sh
set -eu
for file in docker-compose.yml docker-compose.single.yml; do
  for image in $(sed -n 's/^ *image: \([^ @]*:[^ @]*\)$/\1/p' "$file" | sort -u); do
    pinned=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image") || { echo "pull $image first" >&2; exit 1; }
    sed -i "s|image: $image\$|image: $image@${pinned#*@}|" "$file"
    echo "$file: $image is ${pinned#*@}"
  done
done
