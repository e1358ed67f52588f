#!/usr/bin/env bash
# gun 1.3.3 (in Debian 12's rabbitmq-server 3.10.8): it answers pings, and gives a close frame to the application, but answers none, nor ends the connection: a server that closes waits until its own
# patience is over. Guess: it answers, as cowboy, of the same makers, does. Seen: 'told 4001, then within 3 s: nothing'. Wants `erl` (erlang-base, erlang-ssl).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v erlc >/dev/null || { echo "apt-get install erlang-base erlang-ssl first"; exit 1; }
apt-get download -qq rabbitmq-server=3.10.8-1.1+deb12u1 >/dev/null
dpkg-deb -x rabbitmq-server_*.deb .
cat > run.erl <<'ERL'
-module(run).
-export([start/1]).
start([Port]) ->
    {ok, _} = application:ensure_all_started(gun),
    {ok, Connection} = gun:open("127.0.0.1", list_to_integer(Port), #{retry => 0}),
    {ok, http} = gun:await_up(Connection),
    gun:ws_upgrade(Connection, "/"),
    listen().
listen() ->
    receive
        {gun_ws, _, _, {close, Code, _}} -> io:format("told ~w~n", [Code]), listen();
        _ -> listen()
    end.
ERL
erlc run.erl
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import net from "node:net";
let told = "told nothing";
const server = net.createServer((socket) => {
  let seen = "nothing";
  socket.on("error", () => {});
  socket.on("end", () => (seen = "FIN"));
  socket.on("data", (chunk) => (seen = `opcode ${chunk[0] & 15}`));
  socket.once("data", (head) => {
    seen = "nothing";
    const key = /sec-websocket-key: (\S+)/i.exec(String(head))[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.write(Buffer.from("88020fa1", "hex")); // a close frame, 4001
    setTimeout(() => {
      console.log(`${told}, then within 3 s: ${seen}`);
      client.kill();
      process.exit();
    }, 3000);
  });
});
let client;
server.listen(0, "127.0.0.1", () => {
  client = spawn("erl", ["-noshell", "-pa", ".", ...process.argv.slice(2), "-run", "run", "start", String(server.address().port)], { stdio: ["ignore", "pipe", "ignore"] });
  client.stdout.on("data", (text) => (told = String(text).trim()));
});
JS
seen=$(timeout 50 node run.mjs usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/plugins/{gun,cowlib}-*/ebin)
echo "$seen"
[ "$seen" = "told 4001, then within 3 s: nothing" ]
