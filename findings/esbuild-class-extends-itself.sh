#!/usr/bin/env bash
# esbuild 0.28.2: it bundles `import { W as Base } from "./a.js"` and `class W extends Base {}` as an expression into `class W extends W {}`, which throws when it
# is reached; the files by themselves run. Seen: "source: W", "bundle: Cannot access 'W' before initialization". The guess was: a name that is taken is avoided.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "esbuild": "0.28.2" } }' > package.json
npm install --no-audit --no-fund --silent
echo 'export class W {}' > a.js
cat > b.js <<'JS'
import { W as Base } from "./a.js";
const make = () => class W extends Base {};
try {
  console.log(make().name);
} catch (error) {
  console.log(error.message);
}
JS
node_modules/.bin/esbuild b.js --bundle --format=esm --log-level=error --outfile=bundle.js
source=$(node b.js)
bundle=$(node bundle.js)
echo "source: $source"
echo "bundle: $bundle"
[ "$source" = "W" ] && [ "$bundle" = "Cannot access 'W' before initialization" ]
