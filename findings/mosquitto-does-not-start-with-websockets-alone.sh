#!/usr/bin/env bash
# mosquitto 2.0.11 (Debian 12): with one listener, `protocol websockets`, it opens the port and ends with "Unable to start any listening sockets", since it counts the others alone; with any other
# listener beside it, a local socket, it runs. Guess: one is enough, as its manual says "listeners" of both kinds. Seen: 'alone: ends with 1', 'with a local socket: runs'. Wants `mosquitto`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
PATH=$PATH:/usr/sbin
command -v mosquitto >/dev/null || { echo "apt-get install mosquitto first"; exit 1; }
chmod 755 .
port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')
printf 'listener %s\nprotocol websockets\nallow_anonymous true\n' "$port" > alone.conf
{ printf 'user %s\nlistener 0 %s/socket\n' "$(id -un)" "$folder"; cat alone.conf; } > both.conf
run() {
  local code=0
  timeout 2 mosquitto -c "$2" 2> log || code=$?
  case $code in
    124) echo "$1: runs" ;;
    *) echo "$1: ends with $code" ;;
  esac
}
seen="$(run alone alone.conf)
$(run "with a local socket" both.conf)"
echo "$seen"
[ "$seen" = "alone: ends with 1
with a local socket: runs" ]
