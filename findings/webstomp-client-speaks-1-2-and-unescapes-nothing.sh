#!/usr/bin/env bash
# webstomp-client 1.2.6: negotiates STOMP 1.2 by default, and reads headers as 1.0 has them: "\c" stays, where 1.2 makes a colon of it; a body with a NUL ends there, whatever content-length says, and a message whose
# lines end by CR LF, as 1.2 allows, is not delivered. @stomp/stompjs 7.5.0 reads all three. Guess: "a:b" from both; "x\0y" and "crlf" were expected, and not written down before.
# Seen: '@stomp/stompjs: version 1.2, "a:b", "x\u0000y", "crlf"', 'webstomp-client: version 1.2, "a\\cb", "x", nothing'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' > package.json
npm install --no-audit --no-fund --silent webstomp-client@1.2.6 @stomp/stompjs@7.5.0 ws@8.23.0
cat > read.mjs <<'JS'
import { Client } from "@stomp/stompjs";
import webstomp from "webstomp-client";
import { WebSocket, WebSocketServer } from "ws";
import { once } from "node:events";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
await once(server, "listening");
server.on("connection", (socket) =>
  socket.on("message", (data) => {
    const text = String(data);
    if (text.startsWith("CONNECT")) socket.send("CONNECTED\nversion:1.2\n\n\0");
    const id = /^SUBSCRIBE[^]*\nid:(.*)/.exec(text)?.[1];
    if (id === undefined) return;
    const head = `MESSAGE\nsubscription:${id}\nmessage-id:1\ndestination:a\n`;
    socket.send(`${head}note:a\\cb\n\nheader\0`);
    socket.send(`${head}content-length:3\n\nx\0y\0`);
    socket.send(`${head}\ncrlf\0`.replaceAll("\n", "\r\n"));
    socket.send(`${head}\nlast\0`);
  }),
);
const open = () => new WebSocket(`ws://127.0.0.1:${server.address().port}/`, ["v12.stomp"]);

/** Gives a function that takes the messages, and tells them when the last has come. */
function listener(name, version, done) {
  const heard = [];
  return ({ headers, body }) => {
    if (body !== "last") return void heard.push(JSON.stringify(body === "header" ? headers.note : body));
    console.log([`${name}: version ${version}`, ...heard, ...(heard.length < 3 ? ["nothing"] : [])].join(", "));
    done();
  };
}
await new Promise((done) => {
  const client = new Client({ webSocketFactory: open });
  client.onConnect = ({ headers }) => client.subscribe("a", listener("@stomp/stompjs", headers.version, done));
  client.activate();
});
await new Promise((done) => {
  const client = webstomp.over(open(), { debug: false });
  client.connect({}, ({ headers }) => client.subscribe("a", listener("webstomp-client", headers.version, done)));
});
process.exit();
JS
timeout 30 node read.mjs | tee seen
cat > wanted <<'TEXT'
@stomp/stompjs: version 1.2, "a:b", "x\u0000y", "crlf"
webstomp-client: version 1.2, "a\\cb", "x", nothing
TEXT
cmp seen wanted
