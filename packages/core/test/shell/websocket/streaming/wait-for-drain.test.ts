import { expect, test } from "vitest";
import { waitForDrain } from "../../../../src/shell/websocket/streaming/wait-for-drain.ts";
import { fake } from "../fake-driver.ts";

test("there is room, or nobody to have it", async () => {
  const { session, driver } = fake();
  await waitForDrain(session);
  driver.backedUp = true;
  driver.state = "closed";
  await waitForDrain(session);
  session.driver = undefined;
  await waitForDrain(session);
});

test.each(["drain", "close"])("waits for %s, and leaves no listener", async (event) => {
  const { session, driver, socket: socket } = fake();
  driver.backedUp = true;
  const waiting = waitForDrain(session);
  socket.emit(event);
  await waiting;
  expect([socket.listenerCount("drain"), socket.listenerCount("close")]).toEqual([0, 0]);
});
