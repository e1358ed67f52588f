/** `BunTransport` over sockets of Bun's, with `node:net` or `node:tls` at the other end. By hand: `transport.test.ts`. */
import { test } from "node:test";
import { transportCases, withScene } from "../../core/testing/server/transports.ts";
import { kinds } from "./ends.ts";

for (const kind of kinds) {
  for (const { name, not = [], run } of transportCases) {
    if (!not.includes(kind.over))
      test(`${kind.name}: ${name}`, { timeout: 30_000 }, () => withScene(kind, run));
  }
}
