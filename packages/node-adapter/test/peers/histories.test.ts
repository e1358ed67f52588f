/** Histories in real brokers: JetStream and Redis Streams, each killed and started again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type Speaker, withServer } from "../../../core/testing/topics/histories.ts";
import * as adapter from "../../src/index.ts";
import { clients, freePort, isLeftOutWithout, startBroker, stopBroker } from "./brokers.ts";

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 });

const TOPIC = "room/4.2 €";

const texts = ({ got }: Speaker): string[] =>
  got.flatMap((line) =>
    line.startsWith(`message ${TOPIC} `) ? line.slice(`message ${TOPIC} `.length) : [],
  );

for (const [name, [program, connectTo]] of Object.entries(clients)) {
  const isLeftOut = isLeftOutWithout(program);
  const title = `${name}${isLeftOut ? ` (left out: there is no ${program})` : ""}`;
  describe.skipIf(isLeftOut)(title, () => {
    test(
      "each message once and in order, wherever one comes back",
      { timeout: 40_000 },
      async () => {
        const folder = mkdtempSync(joinPath(tmpdir(), "sansocket-history-"));
        const port = await freePort();
        let broker = await startBroker(program, port, folder);
        const peers = await Promise.all([connectTo(port), connectTo(port), connectTo(port)]);
        const [near, far, third] = peers.map(({ store, backplane }) =>
          adapter.topics({
            backplane,
            store,
            secret: "a secret of the tests",
            history: { size: 400, seconds: 60 },
          }),
        ) as [adapter.Topics, adapter.Topics, adapter.Topics];
        try {
          await withServer(adapter, near, (joinNear) =>
            withServer(adapter, far, async (joinFar) => {
              const here = await joinNear();
              const there = await joinFar();
              const leaves = await joinNear();
              for (const one of [here, there, leaves]) one.say(`subscribe - ${TOPIC}\n`);
              await eventually(() => {
                for (const one of [here, there, leaves]) expect(one.got.length).toBe(1);
              });
              near.publish(TOPIC, "first");
              await eventually(() => expect(texts(leaves)).toEqual(["first"]));
              leaves.socket.terminate();
              for (let at = 0; at < 150; at++) {
                near.publish(TOPIC, `near ${at}`);
                far.publish(TOPIC, `far ${at}`);
              }
              await eventually(() => expect(texts(here).length).toBe(301));
              await eventually(() => expect(texts(there)).toEqual(texts(here)));
              const ofNear = texts(here).filter((text) => text.startsWith("near"));
              expect(ofNear).toEqual(Array.from({ length: 150 }, (_, at) => `near ${at}`));

              // At a process that was there, and at one that has heard nothing of it.
              await withServer(adapter, third, async (joinThird) => {
                for (const join of [joinFar, joinThird]) {
                  const back = await join();
                  back.say(`subscribe ${leaves.cursors.get(TOPIC)!} ${TOPIC}\n`);
                  await eventually(() => expect(texts(back)).toEqual(texts(here).slice(1)));
                  expect(back.got[0]).toBe(`subscribed ${TOPIC}`);
                }
              });

              await stopBroker(broker);
              await eventually(() => expect([near.degraded, far.degraded]).toEqual([true, true]));
              near.publish(TOPIC, "alone");
              await eventually(() => expect(texts(here).at(-1)).toBe("alone"));
              broker = await startBroker(program, port, folder);
              await eventually(() => expect([near.degraded, far.degraded]).toEqual([false, false]));
              await vi.waitFor(
                async () => {
                  const { length } = texts(there);
                  near.publish(TOPIC, "after");
                  await vi.waitFor(() => expect(texts(there).length).toBeGreaterThan(length), 500);
                },
                { timeout: 15_000 },
              );
              await eventually(() =>
                expect(texts(here).filter((text) => text !== "alone")).toEqual(texts(there)),
              );
              expect(texts(there).slice(0, 301)).toEqual(texts(here).slice(0, 301));

              // The history does not keep so much: the subscriber receives `reset`.
              const late = await joinFar();
              for (let at = 0; at < 400; at++) far.publish(TOPIC, `${at}`);
              await eventually(() => expect(texts(there).at(-1)).toBe("399"));
              late.say(`subscribe ${leaves.cursors.get(TOPIC)!} ${TOPIC}\n`);
              await eventually(() => expect(late.got).toEqual([`reset ${TOPIC}`]));
              expect([near.counters.lost, far.counters.lost]).toEqual([0, 0]);
            }),
          );
        } finally {
          for (const topics of [near, far, third]) topics.close();
          for (const peer of peers) peer.close();
          await stopBroker(broker);
          rmSync(folder, { recursive: true, force: true });
        }
      },
    );
  });
}
