#!/usr/bin/env bash
# tshark and editcap 4.0.17 (Debian 12): a Custom Block of a pcapng file, which is no packet, has a frame number of its own: with one before two packets they are frames 2 and 3, `editcap -r … 1` keeps the
# block and no packet, and `editcap -F pcap` refuses the file. The pcapng draft: readers skip Custom Blocks of enterprises that they do not know. Expected, though not written down before the run: frames 1 and 2, and "hello" is kept; the guess was that tshark keeps the block when it writes a file, as it does.
# Seen: "frames with data: 2 3", "first frame: 0 packets", "as pcap: refused". Needs tshark and wireshark-common (apt-get install tshark).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > make.mjs <<'JS'
import { writeFileSync } from "node:fs";

function block(type, ...parts) {
  const body = Buffer.concat(parts);
  const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
  const [head, end] = [Buffer.alloc(8), Buffer.alloc(4)];
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(padded.length + 12, 4);
  end.writeUInt32LE(padded.length + 12);
  return Buffer.concat([head, padded, end]);
}
const words = (...values) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32LE(value, 4 * at));
  return bytes;
};
const section = block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff));
const networkInterface = block(1, words(147, 0)); // LINKTYPE_USER0
const custom = block(0xbad, words(32473), Buffer.from("of an example's enterprise"));
const packet = (text) => block(6, words(0, 0, 1000, text.length, text.length), Buffer.from(text));
writeFileSync("a.pcapng", Buffer.concat([section, networkInterface, custom, packet("hello"), packet("world")]));
JS
node make.mjs
{
  echo "frames with data: $(tshark -r a.pcapng -Y 'frame.len == 5' -T fields -e frame.number 2>/dev/null | xargs)"
  editcap -r a.pcapng first.pcapng 1
  echo "first frame: $(grep -c -a hello first.pcapng || true) packets"
  editcap -F pcap a.pcapng a.pcap 2>/dev/null && echo "as pcap: written" || echo "as pcap: refused"
} | tee seen
[ "$(cat seen)" = $'frames with data: 2 3\nfirst frame: 0 packets\nas pcap: refused' ]
