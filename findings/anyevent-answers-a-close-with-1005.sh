#!/usr/bin/env bash
# AnyEvent::WebSocket::Client 0.54 (Debian 12's libanyevent-websocket-client-perl): it answers a close frame with one of code 1005, which RFC 6455 §7.4.1 reserves for "no code came" and forbids on the
# wire; its application is told the right code. Seen by a bare server that closes with 3001: "answer 1005", "told 3001". Guess: 3001 both. Installs it by apt-get where it is not there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
perl -MAnyEvent::WebSocket::Client=0.54 -e 1 2>/dev/null || apt-get install -y -qq --no-install-recommends libanyevent-websocket-client-perl=0.54-1 >/dev/null
cat > run.pl <<'PL'
use AnyEvent;
use AnyEvent::WebSocket::Client;
my $done = AnyEvent->condvar;
my $connection = AnyEvent::WebSocket::Client->new->connect($ARGV[0])->recv;
$connection->on(finish => sub { print "told ", $_[0]->close_code, "\n"; $done->send });
$done->recv;
PL
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import net from "node:net";
const server = net.createServer((socket) => {
  let head = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (head.includes("\r\n\r\n")) {
      const code = chunk.readUInt16BE(6) ^ chunk.readUInt16BE(2);
      console.log(`answer ${code}`);
      return server.close();
    }
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(head)[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.write(Buffer.from("88020bb9", "hex")); // a close frame, 3001
  });
  socket.on("end", () => socket.end());
});
server.listen(0, "127.0.0.1", () => {
  spawn("perl", ["run.pl", `ws://127.0.0.1:${server.address().port}/`], { stdio: ["ignore", "inherit", "ignore"] });
});
JS
seen=$(timeout 30 node run.mjs | sort)
echo "$seen"
[ "$seen" = $'answer 1005\ntold 3001' ]
