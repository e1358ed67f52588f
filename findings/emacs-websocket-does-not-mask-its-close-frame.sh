#!/usr/bin/env bash
# websocket.el 1.13 (Debian 12's elpa-websocket): a client's frames without a payload, such as the close frame of `websocket-close`, which can have none, go out unmasked, two bytes 88 00, since the mask
# is set where there is a payload. RFC 6455 §5.1 masks all: a strict server sees 1002, not 1005. Guess: 88 80 and four bytes of a mask. Seen: 'text 8182, close 8800'. Wants `emacs`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v emacs >/dev/null || { echo "apt-get install emacs-nox first"; exit 1; }
apt-get download -qq elpa-websocket=1.13-3 >/dev/null
dpkg-deb -x elpa-websocket_*.deb .
cat > run.el <<'EL'
(require 'websocket)
(let ((socket (websocket-open (pop command-line-args-left))))
  (while (not (websocket-openp socket)) (accept-process-output nil 0.1))
  (accept-process-output nil 0.5)
  (websocket-send-text socket "hi")
  (websocket-close socket))
EL
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import net from "node:net";
const server = net.createServer((socket) => {
  let head = "";
  let frames = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (head.includes("\r\n\r\n")) return (frames += chunk.toString("hex"));
    head += chunk.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(head)[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  });
  socket.on("end", () => {
    // Two bytes, four of the mask, two of text; and what follows.
    console.log(`text ${frames.slice(0, 4)}, close ${frames.slice(16)}`);
    process.exit();
  });
});
server.listen(0, "127.0.0.1", () => {
  spawn("emacs", ["--batch", "-L", process.argv[2], "-l", "run.el", `ws://127.0.0.1:${server.address().port}/`], { stdio: "ignore" });
});
JS
seen=$(timeout 30 node run.mjs "$(echo "$folder"/usr/share/emacs/site-lisp/elpa-src/websocket-*)")
echo "$seen"
[ "$seen" = "text 8182, close 8800" ]
