#!/usr/bin/env bash
# Packs the built server as a Debian package for this machine's architecture, with its dependencies. It needs Node from
# the system (Debian 13: `apt install nodejs`; Debian 12: the current Node 20 of NodeSource).
#   scripts/pack-deb.sh FOLDER     writes FOLDER/vigia_VERSION_ARCH.deb and prints its path
# VERSION and COMPRESSION (xz, none) can be set.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${VERSION:-$(node --print "require('./package.json').version")}
architecture=$(dpkg --print-architecture)
deb="${1:?usage: scripts/pack-deb.sh FOLDER}/vigia_${version}_$architecture.deb"
root=$(mktemp --directory)
trap 'rm --recursive --force "$root"' EXIT
chmod 0755 "$root"

scripts/stage-server.sh "$root/usr/lib/vigia" >&2
cp --recursive grafana "$root/usr/lib/vigia/grafana"
mkdir --parents "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/etc" "$root/usr/share/doc/vigia" "$root/DEBIAN"
cat > "$root/usr/bin/vigia" <<'END'
#!/bin/sh
# Resolved by where this file lies, so that it also runs from another root.
exec node "$(dirname "$(readlink -f "$0")")/../lib/vigia/dist/src/cli/vigia.js" "$@"
END
chmod 0755 "$root/usr/bin/vigia"
for unit in vigia.service vigia-backup.service vigia-backup.timer; do
  sed 's,/opt/vigia,/usr/lib/vigia,; s,/etc/systemd/system,/usr/lib/systemd/system,' "deploy/$unit" > "$root/usr/lib/systemd/system/$unit"
done
cp deploy/deb/vigia.env "$root/etc/vigia.env"
cp deploy/haproxy*.cfg deploy/nginx-single.conf deploy/Caddyfile.single LICENSE CHANGELOG.md "$root/usr/share/doc/vigia"
cp LICENSE "$root/usr/share/doc/vigia/copyright"
echo /etc/vigia.env > "$root/DEBIAN/conffiles"
cp deploy/deb/postinst deploy/deb/prerm deploy/deb/postrm "$root/DEBIAN"
chmod 0755 "$root/DEBIAN"/p*
chmod --recursive u=rwX,go=rX "$root/usr" "$root/etc"
cat > "$root/DEBIAN/control" <<END
Package: vigia
Version: $version
Architecture: $architecture
Maintainer: the maintainers of vigia <vigia@localhost>
Installed-Size: $(du --summarize --block-size=1024 "$root/usr" | cut --fields=1)
Depends: nodejs (>= 20.19), passwd, libc6 (>= 2.27)
Section: net
Priority: optional
Description: real-time server that watches and controls fleets of screens
 One process serves players, the console, REST and metrics on one port, with an embedded database or PostgreSQL.
END
dpkg-deb --build --root-owner-group "-Z${COMPRESSION:-xz}" "$root" "$deb" >&2
echo "$deb"
