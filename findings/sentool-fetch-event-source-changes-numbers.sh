#!/usr/bin/env bash
# @sentool/fetch-event-source 0.6.0: data, and an id of digits, come as what JSON.parse makes of them, and no property has the text: long numbers lose digits, and the id that a client goes on from
# is not the server's. Guess: texts, as with @microsoft/fetch-event-source, which it says it refactors. Seen, of `id: 007` and 20 digits: 'data 12345678901234567000 (number), id 7 (number)'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "@sentool/fetch-event-source": "0.6.0" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import { fetchEventSource } from "@sentool/fetch-event-source";
const server = http.createServer((_, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write("id: 007\ndata: 12345678901234567890\n\n");
});
server.listen(0, "127.0.0.1", () => {
  fetchEventSource(`http://127.0.0.1:${server.address().port}`, {
    onmessage({ data, id }) {
      console.log(`data ${data} (${typeof data}), id ${id} (${typeof id})`);
      process.exit();
    },
  });
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = "data 12345678901234567000 (number), id 7 (number)" ]
