#!/usr/bin/env bash
# tcllib 1.21 (Debian 12): `::websocket::close $socket 4002 bye` sends no close frame, only FIN, so that the server sees 1006 whatever code was given. It sets the connection's state to
# CLOSED before it sends, and disconnects right after. Seen by a bare server: "FIN, and no frame". Guess: a close frame with 4002. Wants `tclsh`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v tclsh >/dev/null || { echo "apt-get install tcl first"; exit 1; }
apt-get download -qq tcllib=1.21+dfsg-1 >/dev/null
dpkg-deb -x tcllib_*.deb .
cat > run.tcl <<'TCL'
package require websocket
proc handle {socket type message} {
  if {$type eq "text"} { ::websocket::close $socket 4002 bye }
  if {$type eq "disconnect"} { after 500 { set ::done 1 } }
}
::websocket::open [lindex $argv 0] handle
vwait done
TCL
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import net from "node:net";
const server = net.createServer((socket) => {
  let head = "";
  let frames = "no frame";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (head.includes("\r\n\r\n")) return (frames = `opcode ${chunk[0] & 15}`);
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(head)[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.write(Buffer.from("8102676f", "hex")); // the text "go"
  });
  socket.on("end", () => {
    console.log(`FIN, and ${frames}`);
    process.exit();
  });
});
server.listen(0, "127.0.0.1", () => {
  spawn("tclsh", ["run.tcl", `ws://127.0.0.1:${server.address().port}/`], { stdio: "ignore", env: { ...process.env, TCLLIBPATH: process.argv[2] } });
});
JS
seen=$(timeout 30 node run.mjs "$folder/usr/share/tcltk/tcllib1.21")
echo "$seen"
[ "$seen" = "FIN, and no frame" ]
