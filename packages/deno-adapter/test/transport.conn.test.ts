/** `DenoTransport` over connections of Deno's, with `node:net` or `node:tls` at the other end. By hand: `transport.test.ts`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Taker, transportCases, withScene } from "../../core/testing/server/transports.ts";
import { kinds } from "./conns.ts";

for (const kind of kinds) {
  for (const { name, not = [], run } of transportCases) {
    if (!not.includes(kind.over))
      test(`${kind.name}: ${name}`, { timeout: 30_000 }, () => withScene(kind, run));
  }

  test(
    `${kind.name}: closed by the application: gone, with what the read says`,
    { timeout: 30_000 },
    () =>
      withScene(kind, async ({ conn, taker }) => {
        conn.close();
        await taker.hears("gone");
        assert.ok(
          taker.cause instanceof Deno.errors.Interrupted ||
            taker.cause instanceof Deno.errors.BadResource,
        );
      }),
  );

  test(
    `${kind.name}: closed before it is bound: gone, with BadResource`,
    { timeout: 30_000 },
    async () => {
      const ends = await kind.make();
      const taker = new Taker();
      ends.conn.close();
      ends.connector.bind(taker);
      await taker.hears("gone");
      assert.ok(taker.cause instanceof Deno.errors.BadResource);
      ends.peer.destroy();
    },
  );
}
