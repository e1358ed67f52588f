import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { CLOSE, PING, PONG, TEXT } from "../../../src/frame/opcode.ts";
import { createServerConnection } from "../../../src/index.ts";
import type { ConnectionOptions } from "../../../src/options.ts";
import {
  type ConnectionObserver,
  Driver,
  type DriverListener,
  type ServerDriver,
} from "../../../src/shell/websocket/driver.ts";
import { driveClient, driveServer } from "../../../src/shell/websocket/driving/drive.ts";
import type { Transport } from "../../../src/shell/transport/transport.ts";
import { closePayload, masked, openingHead } from "../../../src/testing/wire/bytes.ts";
import { joinBytes, Recorder } from "../../../src/testing/recorder.ts";
import { sentLines, storyOf } from "../../connection/story.ts";
import { HandRuntime } from "../runtime/hand-runtime.ts";

/** A transport that, with `holds`, buffers written bytes until the test lowers `bufferedBytes`. */
class FakeTransport implements Transport {
  readonly calls: string[] = [];
  bufferedBytes = 0;
  holds = false;

  write(bytes: Uint8Array): void {
    this.writeMany([bytes]);
  }
  writeMany(pieces: readonly Uint8Array[]): void {
    if (this.holds) this.bufferedBytes += joinBytes(pieces).length;
    this.calls.push(sentLines(joinBytes(pieces)).join(" "));
  }

  end(): void {
    this.calls.push("end");
  }
  destroy(): void {
    this.calls.push("destroy");
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  get backedUp(): boolean {
    return this.bufferedBytes > 50;
  }
  take(): string[] {
    return this.calls.splice(0);
  }
}

/** Writes down a driver's events, as a session receives them. */
class Listener extends Recorder implements DriverListener {
  readonly news: string[] = [];
  onDrain(): void {
    this.news.push("drain");
  }
  onTransportError(cause: unknown): void {
    this.news.push(`error ${String(cause)}`);
  }
  override onClose(...args: Parameters<Recorder["onClose"]>): void {
    super.onClose(...args);
    this.news.push("closed");
  }

  story(): string[] {
    return storyOf(this.take()).filter((line) => !line.startsWith("="));
  }
}

interface Scene {
  runtime: HandRuntime;
  listener: Listener;
  transport: FakeTransport;
  driver: ServerDriver;
}

function opened(options?: Partial<ConnectionOptions>, observer?: ConnectionObserver): Scene {
  const runtime = new HandRuntime();
  const listener = new Listener();
  const transport = new FakeTransport();
  const driver = new Driver(
    runtime,
    listener,
    (actions) => createServerConnection(actions, runtime.platform, options),
    () => transport,
    observer,
  );
  listener.onRequest = () => {
    driver.connection.accept();
  };
  driver.connection.expectRequest();
  driver.onData(openingHead());
  transport.take();
  listener.take();
  return { runtime, listener, transport, driver };
}
const text = (data: string): Uint8Array => masked(TEXT, data);
describe("output", () => {
  test("of one turn leaves in one write, when the turn ends", () => {
    const { runtime, transport, driver } = opened();
    for (const data of ["a", "b", "c"]) {
      driver.cork();
      driver.connection.sendText(data);
    }
    expect(transport.calls).toEqual([]);
    expect(driver.bufferedBytes).toBe(9);
    expect(runtime.waiting).toBe(1);
    runtime.runMicrotasks();
    expect(transport.take()).toEqual(["> text a > text b > text c"]);
    driver.connection.sendText("not corked");
    expect(transport.take()).toEqual(["> text not corked"]);
  });

  test("of handlers leaves in one write with the read, also where they cork", () => {
    const { runtime, listener, transport, driver } = opened();
    listener.onText = () => {
      driver.cork();
      driver.connection.sendText("re");
    };
    driver.onData(joinBytes([text("a"), text("b")]));
    expect(transport.take()).toEqual(["> text re > text re"]);
    expect(runtime.waiting).toBe(0);
  });

  test("of a read inside a corked turn waits for the turn's end", () => {
    const { runtime, transport, driver } = opened();
    driver.cork();
    driver.onData(masked(PING, "x"));
    expect(transport.calls).toEqual([]);
    runtime.runMicrotasks();
    expect(transport.take()).toEqual(["> pong x"]);
  });

  test("a handler that throws leaves no batch open", () => {
    const { listener, transport, driver } = opened();
    listener.onText = () => {
      throw new RangeError("the application's");
    };
    expect(() => {
      driver.onData(text("a"));
    }).toThrow("the application's");
    driver.cork();
    driver.endTurn();
    driver.connection.sendText("b");
    expect(transport.take()).toEqual(["> text b"]);
  });

  test("large payloads are gathered, not joined", () => {
    const { transport, driver } = opened();
    driver.connection.sendBinary(new Uint8Array(100_000));
    expect(transport.take()).toEqual(["> binary 100000 bytes"]);
  });

  test("what the transport holds counts, until it has left", () => {
    const { listener, transport, driver } = opened();
    transport.holds = true;
    driver.connection.sendText("x".repeat(60));
    expect([driver.bufferedBytes, driver.backedUp]).toEqual([62, true]);
    transport.bufferedBytes = 0;
    driver.onDrain();
    expect([driver.bufferedBytes, driver.backedUp]).toEqual([0, false]);
    expect(listener.news).toEqual(["drain"]);
  });

  test("the core is told of it: what waits in the transport is limited too", () => {
    const { listener, transport, driver } = opened({ maxBufferedBytes: 100 });
    transport.holds = true;
    driver.connection.sendBinary(new Uint8Array(60));
    driver.connection.sendBinary(new Uint8Array(60));
    expect(listener.story()).toEqual(["onViolation output-overflow"]);
  });

  test("room that came free is room again", () => {
    const { listener, transport, driver } = opened({ maxBufferedBytes: 100 });
    transport.holds = true;
    driver.connection.sendBinary(new Uint8Array(60));
    transport.bufferedBytes = 0;
    driver.onDrain();
    driver.connection.sendBinary(new Uint8Array(60));
    expect(listener.story()).toEqual([]);
  });
});

test("pause, resume, end and destroy reach the transport", () => {
  const { listener, transport, driver } = opened();
  driver.connection.pause();
  driver.connection.resume();
  driver.onEnd();
  expect(transport.take()).toEqual(["pause", "resume", "end"]);
  expect(listener.story()).toEqual(["onClose 1006"]);
  const other = opened();
  other.driver.connection.terminate();
  expect(other.transport.take()).toEqual(["destroy"]);
});

test("every event reaches the listener", () => {
  const { listener, driver } = opened({ ownsChunks: true });
  const big = new Uint8Array(5000).fill(0x61);
  driver.onData(joinBytes([text("t"), masked(2, "b"), masked(9, "p"), masked(10, "q")]));
  driver.onData(masked(1, big, { fin: false }));
  driver.onData(masked(0, big));
  driver.onData(masked(2, big, { fin: false }));
  driver.onData(masked(0, big));
  driver.onData(masked(3, ""));
  expect(listener.story()).toEqual([
    "onText t",
    "onBinary b",
    "onPing p",
    "onPong q",
    "onText 10000 bytes",
    "onBinary 10000 bytes",
    "onViolation unknown-opcode",
  ]);
});

describe("the transport is gone", () => {
  test("the cause is told first, then the close", () => {
    const { listener, driver } = opened();
    driver.onGone(new Error("reset"));
    expect(listener.news).toEqual(["error Error: reset", "closed"]);
    expect(driver.bufferedBytes).toBe(0);
  });

  test("without a cause", () => {
    const { listener, driver, transport } = opened();
    transport.holds = true;
    driver.connection.sendText("never left");
    driver.onGone();
    expect(listener.news).toEqual(["closed"]);
    expect(driver.bufferedBytes).toBe(0);
  });

  test("no timer is left, wherever it was", () => {
    for (const before of [
      () => {},
      (driver: ServerDriver) => {
        driver.connection.close();
      },
    ]) {
      const { runtime, driver } = opened({ pingInterval: 10 });
      runtime.wind(10);
      before(driver);
      driver.onGone();
      expect(runtime.running).toEqual([]);
    }
  });
});

describe("the last bytes", () => {
  const closing = (holds: boolean): Scene => {
    const scene = opened();
    scene.transport.holds = holds;
    scene.driver.onData(masked(CLOSE, closePayload(1000)));
    scene.driver.onEnd();
    scene.transport.take();
    return scene;
  };

  test("that do not leave are waited for, but not for ever", () => {
    const { runtime, transport } = closing(true);
    expect(runtime.running).toEqual([30_000]);
    runtime.wind(30_000);
    expect(transport.take()).toEqual(["destroy"]);
  });

  test("that left need no timer", () => {
    expect(closing(false).runtime.running).toEqual([]);
  });

  test("the transport's going ends the wait", () => {
    const { runtime, driver } = closing(true);
    driver.onGone();
    expect(runtime.running).toEqual([]);
  });
});

describe("the pong's deadline counts from when the ping has left", () => {
  const pinged = (): Scene & { left: (bytes: number) => void } => {
    const scene = opened({ pingInterval: 1000, pongTimeout: 100 });
    scene.transport.holds = true;
    scene.driver.connection.sendBinary(new Uint8Array(199_990));
    scene.runtime.wind(1000);
    return {
      ...scene,
      left: (bytes) => {
        scene.transport.bufferedBytes -= bytes;
      },
    };
  };
  const dead = ["onViolation pong-timeout", "onClose 1006"];

  test("nothing moves: the peer is dead", () => {
    const { runtime, listener, driver } = pinged();
    runtime.wind(100);
    expect(listener.story()).toEqual(dead);
    driver.onGone();
    expect(runtime.running).toEqual([]);
  });

  test("while what is before it moves, the peer lives", () => {
    const { runtime, listener, driver, left } = pinged();
    for (let i = 0; i < 4; i++) {
      left(40_000);
      driver.onProgress();
      runtime.wind(100);
    }
    expect(listener.story()).toEqual([]);
    runtime.wind(100);
    expect(listener.story()).toEqual(dead);
  });

  test("its time begins when it leaves, and what the system holds takes the peer's pace", () => {
    const { runtime, listener, driver, transport } = pinged();
    runtime.wind(99);
    transport.bufferedBytes = 0;
    driver.onDrain();
    runtime.wind(399); // at 2 KB a millisecond 4 MiB take two seconds; but four times `pongTimeout` is the most
    expect(listener.story()).toEqual([]);
    runtime.wind(1);
    expect(listener.story()).toEqual(dead);
  });

  test("what is sent behind it does not keep a silent peer alive", () => {
    const scene = opened({ pingInterval: 1000, pongTimeout: 100 });
    const { runtime, listener, transport, driver } = scene;
    runtime.wind(1000);
    transport.holds = true;
    driver.connection.sendBinary(new Uint8Array(500));
    transport.bufferedBytes -= 100;
    runtime.wind(100);
    expect(listener.story()).toEqual(dead);
  });
});

test("an observer sees states, and bytes as they pass, before they are unmasked", () => {
  const seen: string[] = [];
  const frame = text("hi");
  const { driver } = opened(undefined, {
    onState: (path) => {
      seen.push(path);
    },
    onBytes: (direction, bytes) => {
      seen.push(
        `${direction} ${bytes.length < 200 && bytes[0]! > 0x7f ? Buffer.from(bytes).toString("hex") : "head"}`,
      );
    },
  });
  driver.onData(frame.slice());
  driver.connection.sendText("re");
  expect(seen).toEqual([
    "alive.connecting.awaitingRequest",
    "in head",
    "alive.connecting.deciding",
    "alive.open",
    "out head",
    `in ${Buffer.from(frame).toString("hex")}`,
    "out 81027265",
  ]);
  driver.connection.cork();
  driver.connection.sendBinary(new Uint8Array(70_000));
  driver.connection.uncork();
  expect(seen.slice(-2)).toEqual(["out 827f0000000000011170", "out head"]);
});

test("observer and listener hear how long a ping took, once, and of no pong that answers none", () => {
  const told: unknown[] = [];
  const onLatency = (latency: unknown): unknown => told.push(latency);
  const { driver, listener } = opened(undefined, { onLatency });
  Object.assign(listener, { onLatency });
  driver.connection.ping(Uint8Array.of(1));
  driver.onData(masked(PONG, "unasked"));
  expect(told).toEqual([]);
  driver.onData(masked(PONG, Uint8Array.of(1)));
  driver.onData(masked(PONG, Uint8Array.of(1)));
  expect(told).toEqual([driver.connection.latency, driver.connection.latency]);
  expect(driver.connection.latency!.last).toBeGreaterThanOrEqual(0);
});

test("driveServer and driveClient talk over streams; an observer need not hear everything", async () => {
  const runtime = new HandRuntime();
  const heard: Listener[] = [new Listener(), new Listener()];
  const make = (): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _, done) {
        peer.get(this)!.push(Uint8Array.from(chunk as Uint8Array));
        done();
      },
    });
  const one = make();
  const two = make();
  const peer = new Map([
    [one, two],
    [two, one],
  ]);
  const server = driveServer(runtime, one, heard[0]!, {}, {});
  const client = driveClient(runtime, two, heard[1]!, { host: "localhost", target: "/" });
  heard[0]!.onRequest = () => {
    server.connection.accept();
  };
  heard[1]!.onOpen = () => {
    client.connection.sendText("hello");
  };
  server.connection.expectRequest();
  client.connection.open();
  for (let i = 0; i < 10; i++)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  expect(heard[0]!.story()).toContain("onText hello");
});
