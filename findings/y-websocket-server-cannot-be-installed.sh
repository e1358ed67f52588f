#!/usr/bin/env bash
# @y/websocket-server 0.1.5: npm cannot install it. A dependency asks for the peer "@y/y@*", of which there are prereleases alone, and "*" takes
# none of those. Seen: "npm error code ETARGET", "No matching version found for @y/y@*". y-websocket 2.1.0 still has a server (`y-websocket/bin/utils`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
if output=$(npm install --no-audit --no-fund @y/websocket-server@0.1.5 yjs@13.6.33 2>&1); then
  echo "it can be installed now"
  exit 1
fi
echo "$output" | grep -E "ETARGET|@y/y@"
