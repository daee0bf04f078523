#!/bin/sh
# What systemd does with the units that docs/INSTALL.md installs, as far as the page needs it. Everything lies below $ROOT.
set -eu
below_root() { sed "s#/\(opt\|etc\|var/lib\)/#$ROOT/\1/#g; s/%%/%/g"; }
setting() { below_root < "$ROOT/etc/systemd/system/$1.service" | sed --quiet "s/^$2=-\?//p"; }
end() {
  [ -f "$ROOT/$1.pid" ] || return 0
  kill "$(cat "$ROOT/$1.pid")" 2> /dev/null || true
  while kill -0 "$(cat "$ROOT/$1.pid")" 2> /dev/null; do sleep 0.1; done
  rm "$ROOT/$1.pid"
}
begin() {
  if [ "$1" = haproxy ]; then haproxy -D -p "$ROOT/haproxy.pid" -f "$ROOT/etc/haproxy/haproxy.cfg" 2> /dev/null; return; fi
  mkdir --parents --mode=0700 "$ROOT/var/lib/$(setting "$1" StateDirectory)"
  cd "$(setting "$1" WorkingDirectory)"
  for it in $(setting "$1" Environment); do export "${it?}"; done
  file=$(setting "$1" EnvironmentFile)
  if [ -n "$file" ]; then set -a; . "$file"; set +a; fi
  if [ "$(setting "$1" Type)" = oneshot ]; then
    setting "$1" ExecStart | while read -r command; do eval "$command" 2>> "$ROOT/journal"; done
    return
  fi
  : > "$ROOT/$1.log"
  eval "exec $(setting "$1" ExecStart)" >> "$ROOT/$1.log" 2>&1 &
  echo $! > "$ROOT/$1.pid"
  until grep --quiet '"msg":"listening"' "$ROOT/$1.log"; do
    kill -0 "$(cat "$ROOT/$1.pid")" || { cat "$ROOT/$1.log" >&2; exit 1; }
    sleep 0.1
  done
}
verb=$1
shift
for unit in "$@"; do
  case $verb,$unit in
    *,--now | *,*.timer) ;;
    start,* | enable,*) begin "$unit" ;;
    stop,*) end "$unit" ;;
    restart,*) end "$unit"; begin "$unit" ;;
  esac
done
