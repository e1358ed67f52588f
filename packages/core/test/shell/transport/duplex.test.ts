import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { DuplexTransport } from "../../../src/shell/transport/duplex.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";

/** A stream without a wire: what was written is kept, and leaves when `takes`. */
class Wire extends Duplex {
  readonly batches: number[] = [];
  readonly calls: string[] = [];
  takes = true;
  private waiting: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 16, allowHalfOpen: true });
  }

  setNoDelay(on: boolean): void {
    this.calls.push(`setNoDelay ${on}`);
  }
  setTimeout(milliseconds: number): void {
    this.calls.push(`setTimeout ${milliseconds}`);
  }
  override _read(): void {}
  override _write(_: unknown, __: unknown, done: () => void): void {
    this.batches.push(1);
    this.finish(done);
  }
  override _writev(chunks: readonly unknown[], done: () => void): void {
    this.batches.push(chunks.length);
    this.finish(done);
  }

  /** Lets what was written leave. */
  release(): void {
    this.takes = true;
    this.waiting?.();
  }

  /** Lets what is under way leave, and holds the next. */
  leave(): void {
    this.waiting?.();
  }

  private finish(done: () => void): void {
    if (this.takes) done();
    else this.waiting = done;
  }
}

interface Bound {
  wire: Wire;
  transport: DuplexTransport;
  heard: string[];
}

function bound(): Bound {
  const wire = new Wire();
  const heard: string[] = [];
  const transport = new DuplexTransport(wire, {
    onData: (bytes) => {
      heard.push(`data ${Buffer.from(bytes).toString()}`);
    },
    onEnd: () => {
      heard.push("end");
    },
    onProgress: () => {
      heard.push(`progress ${transport.bufferedBytes}`);
    },
    onDrain: () => {
      heard.push("drain");
    },
    onGone: (cause) => {
      heard.push(`gone${cause === undefined ? "" : ` ${(cause as Error).message}`}`);
    },
  });
  return { wire, transport, heard };
}

/** Lets the stream's own ticks pass. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const EVENTS = ["data", "drain", "end", "error", "close"];
const listeners = (wire: Wire): number =>
  EVENTS.reduce((sum, event) => sum + wire.listenerCount(event), 0);

test("takes the stream over: Nagle and idle timeout off", () => {
  const { wire } = bound();
  expect(wire.calls).toEqual(["setNoDelay true", "setTimeout 0"]);
});

test("its end is not ended by itself when the peer ends", async () => {
  const one = new Duplex({
    allowHalfOpen: false,
    read() {},
    write(_, __, done) {
      done();
    },
  });
  const heard: string[] = [];
  new DuplexTransport(one, {
    onData() {},
    onEnd: () => {
      heard.push("end");
    },
    onDrain() {},
    onGone: () => {
      heard.push("gone");
    },
  });
  one.push(null);
  await settle();
  expect([heard, one.writable]).toEqual([["end"], true]);
});

test("needs neither, as an HTTP/2 stream has neither", () => {
  const plain = new Duplex({
    read() {},
    write(_, __, done) {
      done();
    },
  });
  expect(
    () => new DuplexTransport(plain, { onData() {}, onEnd() {}, onDrain() {}, onGone() {} }),
  ).not.toThrow();
});

test("tells what comes, and that it ended", async () => {
  const { wire, heard } = bound();
  wire.push(utf8("a"));
  wire.push(utf8("b"));
  await settle();
  wire.push(null);
  await settle();
  expect(heard).toEqual(["data a", "data b", "end"]);
});

test("streams do not hear each other", async () => {
  const one = bound();
  const two = bound();
  one.wire.push(utf8("one"));
  two.wire.destroy();
  await settle();
  expect([one.heard, two.heard]).toEqual([["data one"], ["gone"]]);
});

test("a stream that was destroyed already is gone for that reason, and its error, still to come, ends no process", async () => {
  const wire = new Wire();
  wire.destroy(new Error("denied"));
  const gone: unknown[] = [];
  new DuplexTransport(wire, {
    onData: () => {},
    onEnd: () => {},
    onDrain: () => {},
    onGone: (cause) => gone.push((cause as Error).message),
  });
  await settle();
  expect(gone).toEqual(["denied"]);
});

test("a stream that tells an error and stays, as TLS that is broken does, is destroyed; the first error is the cause", async () => {
  const { wire, heard } = bound();
  wire.emit("error", new Error("bad record"));
  wire.emit("error", new Error("and so on"));
  expect(wire.destroyed).toBe(true);
  await settle();
  expect(heard).toEqual(["gone bad record"]);
});

describe("writing", () => {
  test("several pieces are one gathered write", () => {
    const { wire, transport } = bound();
    transport.write(utf8("x"));
    transport.writeMany([utf8("a"), utf8("b"), utf8("c")]);
    expect(wire.batches).toEqual([1, 3]);
    expect(wire.writableCorked).toBe(0);
  });

  test("what does not leave is counted, and its leaving told", async () => {
    const { wire, transport, heard } = bound();
    wire.takes = false;
    transport.write(new Uint8Array(20));
    transport.writeMany([new Uint8Array(3), new Uint8Array(4)]);
    expect([transport.bufferedBytes, transport.backedUp]).toEqual([27, true]);
    wire.release();
    await settle();
    expect([transport.bufferedBytes, transport.backedUp]).toEqual([0, false]);
    expect(heard).toEqual(["drain"]);
  });

  test.each([
    ["write", [200_000]],
    ["writeMany", [50_000, 100_000, 50_000]],
  ] as const)("%s of much shows how it leaves, slice by slice", async (_, sizes) => {
    const { wire, transport, heard } = bound();
    wire.takes = false;
    const told: unknown[] = [];
    const pieces = sizes.map((size) => new Uint8Array(size));
    const sent = (error?: Error | null): void => void told.push(error ?? "sent");
    if (pieces.length === 1) transport.write(pieces[0]!, sent);
    else transport.writeMany(pieces, sent);
    transport.write(utf8("behind"));
    transport.end();
    transport.write(utf8("too late"));
    expect([transport.bufferedBytes, transport.backedUp]).toEqual([200_006, true]);
    for (let slice = 0; slice < 4; slice++) {
      expect(told).toEqual([]);
      wire.leave();
      await settle();
    }
    expect(heard).toEqual(["progress 134470", "progress 68934", "drain"]);
    expect(told).toEqual(["sent"]);
    expect(wire.writableFinished).toBe(true);
  });

  test("who asks about what never leaves is told", async () => {
    const { wire, transport, heard } = bound();
    wire.takes = false;
    const told: unknown[] = [];
    transport.write(new Uint8Array(200_000), (error) => told.push(error?.message));
    transport.destroy();
    await settle();
    expect(told).toEqual([
      "The connection has ended, or is gone: what was to be sent has not been",
    ]);
    expect([heard, transport.bufferedBytes]).toEqual([["gone"], 65_536]);
  });

  test.each(["write", "writeMany"] as const)(
    "%s to a stream that is gone does nothing",
    async (how) => {
      const { wire, transport, heard } = bound();
      transport.destroy();
      if (how === "write") transport.write(utf8("x"));
      else transport.writeMany([utf8("x")]);
      await settle();
      expect(wire.batches).toEqual([]);
      expect(heard).toEqual(["gone"]);
    },
  );
});

describe("pausing", () => {
  test("nothing is told until resume()", async () => {
    const { wire, transport, heard } = bound();
    transport.pause();
    wire.push(utf8("a"));
    await settle();
    expect(heard).toEqual([]);
    transport.resume();
    await settle();
    expect(heard).toEqual(["data a"]);
  });

  test("end() resumes: the peer's end could not be seen otherwise", async () => {
    const { wire, transport, heard } = bound();
    transport.pause();
    wire.push(utf8("unwanted"));
    wire.push(null);
    transport.end();
    await settle();
    expect(wire.writableFinished).toBe(true);
    expect(heard.slice(-2)).toEqual(["end", "gone"]);
  });
});

describe("the end of the stream", () => {
  test("is told once, with its cause, and leaves no listener", async () => {
    const { wire, heard } = bound();
    expect(listeners(wire)).toBeGreaterThanOrEqual(EVENTS.length);
    wire.destroy(new Error("reset"));
    await settle();
    expect(heard).toEqual(["gone reset"]);
    expect(listeners(wire)).toBe(0);
  });

  test("by both sides", async () => {
    const { wire, transport, heard } = bound();
    transport.end();
    wire.push(null);
    await settle();
    expect(heard).toEqual(["end", "gone"]);
    expect(listeners(wire)).toBe(0);
  });
});

test("a stream that had closed already is gone, in a microtask", async () => {
  const wire = new Wire();
  const heard: string[] = [];
  wire.destroy();
  await settle();
  new DuplexTransport(wire, {
    onData() {},
    onEnd() {},
    onDrain() {},
    onGone: () => {
      heard.push("gone");
    },
  });
  expect(heard).toEqual([]);
  await settle();
  expect(heard).toEqual(["gone"]);
  expect(listeners(wire)).toBe(0);
});

test("a stream that closes just after is gone once", async () => {
  const wire = new Wire();
  const heard: string[] = [];
  wire.destroy();
  new DuplexTransport(wire, {
    onData() {},
    onEnd() {},
    onDrain() {},
    onGone: () => {
      heard.push("gone");
    },
  });
  await settle();
  expect(heard).toEqual(["gone"]);
});

test("tells what it waits for before it carries bytes: the connection, then TLS", () => {
  const { wire, transport } = bound();
  expect(transport.waitsFor).toBe(undefined);
  Object.assign(wire, { connecting: true, secureConnecting: true });
  expect(transport.waitsFor).toMatch(/^there is no connection yet; /);
  Object.assign(wire, { connecting: false });
  expect(transport.waitsFor).toMatch(/^the other side has not agreed on TLS; /);
});
