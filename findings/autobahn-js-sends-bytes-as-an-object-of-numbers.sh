#!/usr/bin/env bash
# autobahn 22.11.1 of npm (WAMP), with the serialization that is its default, wamp.2.json: bytes go out as an object of numbers, and a string that stands for bytes comes in as a string. WAMP has a form for them: a string
# of U+0000 and Base64 ("Binary Conversion of JSON Strings"), and Debian's python3-autobahn 22.7.1 uses it both ways. Guess: as Python. Needs python3-autobahn.
# Seen: 'Python: "\u0000AQL/" b'\x01\x02\xff'', 'npm: {"0":1,"1":2,"2":255} "\u0000AQL/"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent autobahn@22.11.1
cat > bytes.py <<'PY'
import txaio
txaio.use_asyncio()
from autobahn.wamp.message import Publish
from autobahn.wamp.serializer import JsonSerializer
import json
serializer = JsonSerializer()
sent, _ = serializer.serialize(Publish(1, "a.b", args=[bytes([1, 2, 255])], acknowledge=True))
[received] = serializer.unserialize(sent)
print("Python:", json.dumps(json.loads(sent)[4][0]), received.args[0])
PY
cat > bytes.cjs <<'JS'
const { serializer } = require("autobahn");
const json = new serializer.JSONSerializer();
const sent = JSON.parse(json.serialize([16, 1, {}, "a.b", [Uint8Array.of(1, 2, 255)]]))[4][0];
const received = json.unserialize('[16,1,{},"a.b",["\\u0000AQL/"]]')[4][0];
console.log(`npm: ${JSON.stringify(sent)} ${JSON.stringify(received)}`);
JS
{
  /usr/bin/python3 bytes.py
  timeout 30 node bytes.cjs
} | tee seen
cat > wanted <<'TEXT'
Python: "\u0000AQL/" b'\x01\x02\xff'
npm: {"0":1,"1":2,"2":255} "\u0000AQL/"
TEXT
cmp seen wanted
