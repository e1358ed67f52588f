import { expect, test } from "vitest";
import { waitForRoom } from "../../../../src/shell/websocket/streaming/wait-for-drain.ts";
import { fake } from "../fake-driver.ts";

test("there is room, or nobody to have it", async () => {
  const { session, driver } = fake();
  await waitForRoom(session);
  driver.backedUp = true;
  driver.state = "closed";
  await waitForRoom(session);
  session.driver = undefined;
  await waitForRoom(session);
});

test.each(["drain", "close"])("waits for %s, and leaves no listener", async (event) => {
  const { session, driver, face } = fake();
  driver.backedUp = true;
  const waiting = waitForRoom(session);
  face.emit(event);
  await waiting;
  expect([face.listenerCount("drain"), face.listenerCount("close")]).toEqual([0, 0]);
});
