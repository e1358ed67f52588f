#!/usr/bin/env bash
# Nitro 3.0.260903-beta: an `entry` of the configuration that is named server.mjs is taken for the "server entry" of routes as well, so it must have a default export, and
# the build fails. The same file under another name builds. Seen: "server.mjs: MISSING_EXPORT", "entry.mjs: built". Guess: the file that `entry` names may have any name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent nitro@3.0.260903-beta
mkdir routes
echo 'export default () => "a page";' > routes/index.mjs
seen=""
for name in server.mjs entry.mjs; do
  cat > "$name" <<'JS'
import { createServer } from "node:http";
import { useNitroApp } from "nitro/app";
import { toNodeHandler } from "nitro/h3";
createServer(toNodeHandler(useNitroApp())).listen(0);
JS
  echo "export default { preset: 'node-server', serverDir: '.', entry: './$name' };" > nitro.config.mjs
  if NO_COLOR=1 npx nitro build > log 2>&1; then result=built; else result=$(grep -om 1 MISSING_EXPORT log); fi
  rm "$name"
  seen+="$name: $result"$'\n'
done
printf '%s' "$seen"
[ "$seen" = $'server.mjs: MISSING_EXPORT\nentry.mjs: built\n' ]
