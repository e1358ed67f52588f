import { expect, test } from "vitest";
import { holdReading, releaseReading } from "../../../src/shell/websocket/hold-reading.ts";
import { fake } from "./fake-driver.ts";

test("reading goes on when the last who held it lets go", () => {
  const { session, driver } = fake();
  const a = {};
  const b = {};
  holdReading(session, a);
  holdReading(session, b);
  holdReading(session, a);
  releaseReading(session, a);
  expect(driver.take().map(([name]) => name)).toEqual(["pause", "pause", "pause"]);
  releaseReading(session, b);
  expect(driver.take()).toEqual([["resume"]]);
});

test("who did not hold may say so", () => {
  const { session, driver } = fake();
  releaseReading(session, {});
  expect(driver.take()).toEqual([["resume"]]);
});

test("a dead socket has nothing to hold", () => {
  const { session } = fake();
  session.driver = undefined;
  expect(() => {
    holdReading(session, {});
    releaseReading(session, {});
  }).not.toThrow();
});
