import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import type { Backplane } from "../../../../src/shell/topics/brokers/backplane.ts";
import {
  clusterBackplaneFor,
  type ClusterLike,
  type ClusterWorkerLike,
} from "../../../../src/shell/topics/brokers/cluster.ts";

/** A cluster whose messages are JSON, as node:cluster's are, with a primary and what joins as a worker. */
function makeCluster() {
  const primary = new EventEmitter();
  const sent: string[] = [];
  const join = (name: string): { backplane: Backplane; process: EventEmitter; die(): void } => {
    const process = new EventEmitter();
    const worker: ClusterWorkerLike = {
      send: (message) => {
        sent.push(name);
        process.emit("message", JSON.parse(JSON.stringify(message)));
      },
    };
    const send = (message: unknown, callback?: (error: Error | null) => void): void => {
      primary.emit("message", worker, JSON.parse(JSON.stringify(message)));
      callback?.(null);
    };
    const backplane = clusterBackplaneFor(() => ({
      cluster: Object.assign(new EventEmitter(), { isWorker: true }) as unknown as ClusterLike,
      process: Object.assign(process, { send }) as never,
      isMainThread: true,
      BroadcastChannel: undefined,
    }))();
    return { backplane, process, die: () => void primary.emit("exit", worker) };
  };
  const backplane = clusterBackplaneFor(() => ({
    cluster: Object.assign(primary, { isWorker: false }) as unknown as ClusterLike,
    process: undefined,
    isMainThread: true,
    BroadcastChannel: undefined,
  }))();
  return { backplane, join, sent };
}

const listen = (backplane: Backplane, pattern: string): { got: string[]; end(): void } => {
  const got: string[] = [];
  const end = backplane.subscribe(pattern, (topic, bytes) => {
    got.push(`${topic} ${Buffer.from(bytes).toString("hex")}`);
  });
  return { got, end };
};

test("a primary passes on what its workers want, to each once and not to its sender, and hears it too", () => {
  const cluster = makeCluster();
  const one = cluster.join("one");
  const two = cluster.join("two");
  const three = cluster.join("three");
  const heard = [
    listen(one.backplane, "room/*"),
    listen(two.backplane, "room/1"),
    listen(two.backplane, "**"),
    listen(three.backplane, "hall"),
    listen(cluster.backplane, "room/1"),
  ];
  one.backplane.publish("room/1", Uint8Array.of(0, 255));
  expect(heard.map(({ got }) => got)).toEqual([
    [],
    ["room/1 00ff"],
    ["room/1 00ff"],
    [],
    ["room/1 00ff"],
  ]);
  expect(cluster.sent).toEqual(["two"]);
  cluster.backplane.publish("hall", Uint8Array.of(1));
  expect(heard[3]!.got).toEqual(["hall 01"]);
  expect([...cluster.sent].sort()).toEqual(["three", "two", "two"]);
});

test("nothing goes to a worker that is gone, nor for what nobody there wants any more", () => {
  const cluster = makeCluster();
  const one = cluster.join("one");
  const two = cluster.join("two");
  const first = listen(one.backplane, "a");
  const second = listen(one.backplane, "a");
  listen(two.backplane, "a");
  first.end();
  cluster.backplane.publish("a", Uint8Array.of(1));
  expect([cluster.sent, second.got]).toEqual([["one", "two"], ["a 01"]]);
  second.end();
  two.die();
  cluster.backplane.publish("a", Uint8Array.of(2));
  expect(cluster.sent).toEqual(["one", "two"]);
});

test("what is not of this backplane is left alone", () => {
  const one = makeCluster().join("one");
  const { got } = listen(one.backplane, "a");
  for (const message of [null, 1, {}, { sansocket: "other", kind: "publish", topic: "a" }])
    one.process.emit("message", message);
  expect(got).toEqual([]);
});

test("a primary that is gone is told", () => {
  const one = makeCluster().join("one");
  const said: boolean[] = [];
  const end = one.backplane.watch!((isConnected) => said.push(isConnected));
  one.process.emit("disconnect");
  end();
  one.process.emit("disconnect");
  expect(said).toEqual([false]);
});

test("a runtime that has nothing to join by says so", () => {
  const nothing = {
    cluster: undefined,
    process: undefined,
    isMainThread: true,
    BroadcastChannel: undefined,
  };
  expect(() => clusterBackplaneFor(() => nothing)()).toThrow(/neither node:cluster nor/);
});
