#!/usr/bin/env bash
# @microsoft/fetch-event-source 2.0.1: data whose first line is empty loses that line, since an empty text is taken for none; an empty line further on stays.
# A text that begins with a line break arrives without it. Guessed: as it was sent. Seen: '"b"' for an empty line and b, '"a\n\nb"' for one in the middle.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "@microsoft/fetch-event-source": "2.0.1" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import parse from "@microsoft/fetch-event-source/lib/cjs/parse.js";
const text = "data:\ndata: b\n\ndata: a\ndata:\ndata: b\n\n";
const print = ({ data }) => console.log(JSON.stringify(data));
await parse.getBytes(new Response(text).body, parse.getLines(parse.getMessages(() => {}, () => {}, print)));
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = '"b"
"a\n\nb"' ]
