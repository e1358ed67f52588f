/** Topics over real brokers, which each test starts on a port of its own: nats-server and redis-server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { withServer } from "../../../core/testing/topics/topics.ts";
import * as adapter from "../../src/index.ts";
import { clients, freePort, isLeftOutWithout, startBroker, stopBroker } from "./brokers.ts";

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 });

for (const [name, [program, connectTo]] of Object.entries(clients)) {
  const isLeftOut = isLeftOutWithout(program);
  describe.skipIf(isLeftOut)(
    `${name}${isLeftOut ? ` (left out: there is no ${program})` : ""}`,
    () => {
      test(
        "two processes' topics, while the broker is there, away, and back",
        { timeout: 30_000 },
        async () => {
          const folder = mkdtempSync(joinPath(tmpdir(), "sansocket-broker-"));
          const port = await freePort();
          let broker = await startBroker(program, port, folder);
          const peers = await Promise.all([connectTo(port), connectTo(port)]);
          const heard: boolean[] = [];
          const [near, far] = peers.map(({ backplane }) =>
            adapter.topics({
              backplane,
              presenceInterval: 100,
              onDegraded: (now) => heard.push(now),
            }),
          ) as [adapter.Topics, adapter.Topics];
          try {
            await withServer(adapter, near, (joinNear) =>
              withServer(adapter, far, async (joinFar) => {
                const topic = "room/4.2 ab>?[c]%";
                const here = await joinNear(topic);
                const wide = await joinNear("room/*", "**");
                const there = await joinFar(topic, "room/**");
                await eventually(() =>
                  expect([near.count(topic), far.count(topic)]).toEqual([2, 2]),
                );

                const sent = Array.from({ length: 300 }, (_, at) => `€${at}`);
                for (const text of sent) far.publish(topic, text);
                near.publish("room/a/b", Uint8Array.of(0x41));
                near.publish("elsewhere", "for one");
                await eventually(() => expect(wide.got.length).toBe(302));
                await eventually(() => expect(there.got.length).toBe(301));
                await eventually(() => expect(here.got.length).toBe(300));
                expect(here.got).toEqual(sent);
                expect(wide.got.filter((text) => text.startsWith("€"))).toEqual(sent);
                expect(there.got.filter((text) => text !== "A")).toEqual(sent);

                await stopBroker(broker);
                await eventually(() => expect(heard).toEqual([true, true]));
                near.publish(topic, "alone");
                await eventually(() => expect(here.got.at(-1)).toBe("alone"));
                expect(near.counters.unsent).toBe(1);

                broker = await startBroker(program, port, folder);
                await eventually(() => expect(heard).toEqual([true, true, false, false]));
                await eventually(() => {
                  near.publish(topic, "again");
                  expect(there.got.at(-1)).toBe("again");
                });
                expect(there.got).not.toContain("alone");
              }),
            );
          } finally {
            for (const { close } of peers) await close();
            await stopBroker(broker);
            rmSync(folder, { recursive: true });
          }
        },
      );
    },
  );
}
