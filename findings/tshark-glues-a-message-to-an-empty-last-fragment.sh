#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12): of a message whose last fragment is empty it shows no text, and puts that text in front of the next message in fragments.
# By RFC 6455 §5.4 the texts are "empty end" and "three four". Seen: "", "empty endthree four".
# Needs tshark on the PATH (apt-get install tshark); the capture is written here, TCP over raw IP (link type 101).
set -euo pipefail
tshark --version 2>/dev/null | head -n 1 | grep -F "4.0.17" || { echo "tshark 4.0.17 is not installed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > capture.py <<'PY'
import struct
HEAD = b"Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
REQUEST = b"GET / HTTP/1.1\r\n" + HEAD + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\n" + HEAD[9:] + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
def frame(first, text): return bytes([first, len(text)]) + text
segments = [(1, REQUEST), (0, RESPONSE)] + [(0, frame(*one)) for one in
    [(0x01, b"empty end"), (0x80, b""), (0x01, b"three "), (0x80, b"four")]]
sequence = {0: 1000, 1: 1000}
out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
for at, (is_client, data) in enumerate(segments):
    ports = (50000, 80) if is_client else (80, 50000)
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence[is_client], sequence[1 - is_client], 0x50, 0x18, 65535, 0, 0) + data
    sequence[is_client] += len(data)
    hosts = b"\x0a\0\0\1\x0a\0\0\2" if is_client else b"\x0a\0\0\2\x0a\0\0\1"
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), at, 0, 64, 6, 0) + hosts + tcp
    out += struct.pack("<IIII", at, 0, len(ip), len(ip)) + ip
open("talk.pcap", "wb").write(out)
PY
python3 capture.py
seen=$(tshark -r talk.pcap -Y "websocket.opcode == 0" -T fields -e websocket.payload.text 2>/dev/null)
echo "$seen"
[ "$seen" = "
empty endthree four" ]
