import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { driveServer } from "../../src/shell/driver.ts";
import { openingHead } from "../../src/testing/bytes.ts";
import { Recorder } from "../../src/testing/recorder.ts";
import { HandRuntime } from "./hand-runtime.ts";

test("an observer that throws when a turn ends is reported, and the next turn is as any other", () => {
  const runtime = new HandRuntime(), written: string[] = [];
  const stream = new Duplex({ read() {}, write(chunk, _, done) { written.push(Buffer.from(chunk as Uint8Array).toString("latin1")); done(); } });
  const listener = Object.assign(new Recorder(), { onDrain() {}, onTransportError() {}, onRequest: () => { driver.connection.accept(); } });
  let throws = false;
  const driver = driveServer(runtime, stream, listener, undefined, { onBytes: () => { if (throws) throw new Error("observer"); } });
  driver.connection.expectRequest();
  driver.connection.receive(openingHead());
  driver.cork();
  driver.connection.sendText("lost on the observer");
  throws = true;
  driver.endTurn();
  throws = false;
  expect(runtime.reported).toEqual([new Error("observer")]);
  driver.cork();
  driver.connection.sendText("next");
  driver.endTurn();
  expect(written.at(-1)).toBe("\x81\x04next");
});
