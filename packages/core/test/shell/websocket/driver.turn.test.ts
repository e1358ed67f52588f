import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { PING } from "../../../src/frame/opcode.ts";
import { createServerConnection } from "../../../src/index.ts";
import type { ConnectionOptions } from "../../../src/options.ts";
import { Driver } from "../../../src/shell/websocket/driver.ts";
import { driveServer } from "../../../src/shell/websocket/driving/drive.ts";
import type { Transport } from "../../../src/shell/transport/transport.ts";
import { masked, openingHead } from "../../../src/testing/wire/bytes.ts";
import { Recorder } from "../../../src/testing/recorder.ts";
import { HandRuntime } from "../runtime/hand-runtime.ts";

test("an observer that throws when a turn ends is reported, and the next turn is as any other", () => {
  const runtime = new HandRuntime();
  const written: string[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk, _, done) {
      written.push(Buffer.from(chunk as Uint8Array).toString("latin1"));
      done();
    },
  });
  const listener = Object.assign(new Recorder(), {
    onDrain() {},
    onTransportError() {},
    onRequest: () => {
      driver.connection.accept();
    },
  });
  let throws = false;
  const driver = driveServer(runtime, stream, listener, undefined, {
    observer: {
      onBytes: () => {
        if (throws) throw new Error("observer");
      },
    },
  });
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

describe("bytes that left the transport without its telling, since senders had not been told to wait, count no more", () => {
  function held(options: Partial<ConnectionOptions>) {
    const runtime = new HandRuntime();
    const transport = {
      bufferedBytes: 0,
      backedUp: false,
      written: 0,
      write(bytes: Uint8Array) {
        this.bufferedBytes += bytes.length;
        this.written++;
      },
    };
    const listener = Object.assign(new Recorder(), {
      onDrain() {},
      onTransportError() {},
      onRequest: () => {
        driver.connection.accept();
      },
    });
    const driver = new Driver(
      runtime,
      listener,
      (actions) => createServerConnection(actions, runtime.platform, options),
      () => transport as unknown as Transport,
      undefined,
    );
    driver.connection.expectRequest();
    driver.onData(openingHead());
    driver.connection.receiveBacklog(500);
    transport.bufferedBytes = 0; // all has left
    transport.written = 0;
    return { runtime, transport, driver };
  }

  test.each(["close", "drop"] as const)("for what is sent in a turn (%s)", (overflow) => {
    const { transport, driver } = held({ maxBufferedBytes: 1000, overflow });
    driver.cork();
    expect(driver.connection.sendBinary(new Uint8Array(600))).toBe(true);
    driver.endTurn();
    expect([transport.written, driver.connection.state]).toEqual([1, "open"]);
  });

  test.each(["close", "drop"] as const)("for what answers a read (%s)", (overflow) => {
    const { transport, driver } = held({ maxBufferedBytes: 1000, overflow });
    driver.connection.receiveBacklog(1000 + 64 * 1024);
    driver.onData(masked(PING, "x"));
    expect([transport.written, driver.connection.state]).toEqual([1, "open"]);
  });

  test.each(["close", "drop"] as const)("for what a timer sends (%s)", (overflow) => {
    const { runtime, transport, driver } = held({
      maxBufferedBytes: 1000,
      overflow,
      pingInterval: 1000,
      pongTimeout: 0,
    });
    driver.connection.receiveBacklog(1000 + 64 * 1024);
    runtime.wind(1000);
    expect([transport.written, driver.connection.state]).toEqual([1, "open"]);
  });
});
