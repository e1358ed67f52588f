/** Messages that wait behind one for which extensions take their time: their cost, and the end of the wait. */
import { describe, expect, test } from "vitest";
import type { Action } from "../../../src/actions.ts";
import { masked } from "../../../src/testing/wire/bytes.ts";
import { FakeExtension } from "../../extension/fake-extension.ts";
import { extendedServer, framesOf } from "../extended.ts";

const slow = (): FakeExtension => new FakeExtension("+", { slow: true });
const told = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) =>
    action[0] === "onViolation"
      ? [action[1].code]
      : action[0] === "onClose"
        ? [`closed ${action[1]} ${action[3]}`]
        : [],
  );

describe("many small messages that wait", () => {
  const MiB = 1024 * 1024;

  test("count for the memory they take, even empty ones", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension], { maxBufferedBytes: MiB });
    let sent = 0;
    for (; connection.sendable && sent < 10_000; sent++) connection.sendText("");
    expect([told(end.take()), connection.bufferedBytes]).toEqual([["output-overflow"], 0]);
    expect(sent).toBeGreaterThan(4000);
  });

  test("or are dropped, where that is the policy", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension], {
      maxBufferedBytes: MiB,
      overflow: "drop",
    });
    let sent = 0;
    while (sent < 10_000 && connection.sendText("")) sent++;
    expect([told(end.take()), sent > 4000 && sent < 10_000]).toEqual([[], true]);
    extension.slow = false;
    extension.go();
    expect([framesOf(end.take()).length, connection.sendText("")]).toEqual([sent, true]);
  });

  test("leave in linear time", () => {
    const extension = slow();
    const { connection } = extendedServer([extension], { maxBufferedBytes: 512 * MiB });
    connection.sendText("x");
    extension.slow = false;
    for (let i = 0; i < 200_000; i++) connection.sendText("");
    const before = process.cpuUsage().user;
    extension.go();
    expect([connection.bufferedBytes, (process.cpuUsage().user - before) / 1e6 < 5]).toEqual([
      0,
      true,
    ]);
  });

  test("are given up where nothing may be written any more", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    for (const text of ["1", "2", "3"]) connection.sendText(text);
    connection.receive(masked(3, ""));
    extension.go();
    expect([framesOf(end.take()), extension.underWay, connection.bufferedBytes]).toEqual([
      ["close 1002"],
      [],
      0,
    ]);
    connection.receiveEnd();
    expect([told(end.take()), extension.closed]).toEqual([["closed 1002 false"], 1]);
  });
});
