#!/usr/bin/env bash
# Node 24.21.0 under `--permission`: `process.permission.has("net")` is false, and servers listen all the same, since the network came under the permission model in Node 25. So the question
# cannot be asked of a Node that does not know it: it says false to every name. Seen: "24: has net false, listening". Guess: true, or an error for an unknown name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent node@24.21.0
cat > run.cjs <<'JS'
const server = require("node:net").createServer();
const told = `${process.versions.node.split(".")[0]}: has net ${process.permission.has("net")},`;
server.on("error", (error) => console.log(told, error.code));
server.listen(0, "127.0.0.1", () => {
  console.log(told, "listening");
  server.close();
});
JS
seen=$(node_modules/.bin/node --permission --allow-fs-read="*" run.cjs)
echo "$seen"
[ "$seen" = "24: has net false, listening" ]
