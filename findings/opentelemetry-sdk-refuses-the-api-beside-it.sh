#!/usr/bin/env bash
# @opentelemetry/sdk-trace-base 2.12.1 and @opentelemetry/api 1.10.0, each the latest on 29 November 2026: npm installs no project that asks for both, since the SDK takes
# the peer "@opentelemetry/api@>=1.3.0 <1.10.0". Guessed: the latest of both fit. Seen: "npm error code ERESOLVE"; api 1.9.1 installs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
install() { npm install --no-audit --no-fund --ignore-scripts --package-lock-only "@opentelemetry/api@$1" @opentelemetry/sdk-trace-base@2.12.1 2>&1; }
if output=$(install 1.10.0); then
  echo "they fit now"
  exit 1
fi
echo "$output" | grep -E "ERESOLVE|peer @opentelemetry/api"
install 1.9.1 | tail -n 1
