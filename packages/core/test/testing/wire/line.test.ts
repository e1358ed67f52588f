import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type {
  ConnectOptions,
  PublicSocket,
  Harness,
  ServeOptions,
} from "../../../src/testing/suites/harness.ts";
import {
  onClient,
  onPair,
  onServer,
  requestHead,
  responseHead,
  SAMPLE_KEY,
  withRawServer,
  withServer,
} from "../../../src/testing/wire/line.ts";
import { RawPeer, type RawSocket } from "../../../src/testing/wire/raw-peer.ts";
import { octets } from "../../../src/testing/wire/frames.ts";

/** A socket whose other end is the test's: it keeps the written bytes, and the test emits the answers. */
class FakeSocket extends EventEmitter {
  readonly written: string[] = [];
  readonly writableLength = 0;
  destroyed = false;

  write(bytes: Uint8Array): boolean {
    this.written.push(Buffer.from(bytes).toString());
    this.emit("written");
    return true;
  }
  end(): void {}
  destroy(): void {
    this.destroyed = true;
  }
  pause(): void {}
  resume(): void {}
}

const OPEN = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
interface FakeFace extends PublicSocket {
  ended: boolean;
}
const publicSocket = (): PublicSocket =>
  ({
    readyState: 1,
    addEventListener: () => {},
    terminate(this: FakeFace) {
      this.ended = true;
    },
    ended: false,
  }) as unknown as FakeFace;

/** A library that opens at once. It keeps the calls that it received. */
function rig() {
  const asked: unknown[] = [];
  const sockets: FakeSocket[] = [];
  const publicSockets: PublicSocket[] = [];
  let accept: (socket: PublicSocket) => void = () => {};
  let onPeer: ((peer: RawPeer) => void) | undefined;
  let stopped = 0;
  const listening = {
    url: "ws://fake/",
    port: 7,
    stop: async () => {
      stopped++;
    },
  };
  const arrive = (): void => {
    publicSockets.push(publicSocket());
    accept(publicSockets.at(-1)!);
  };
  const peerOf = (masks: boolean): RawPeer => {
    sockets.push(new FakeSocket());
    return new RawPeer(sockets.at(-1) as unknown as RawSocket, masks);
  };
  const harness: Harness = {
    name: "fake",
    many: 1,
    async serve(onSocket, options?: ServeOptions) {
      asked.push(["serve", options]);
      accept = onSocket;
      return listening;
    },
    async connect(url, options?: ConnectOptions) {
      asked.push(["connect", url, options]);
      const peer = peerOf(false);
      const socket = sockets.at(-1)!;
      const opened = new Promise((resolve) => {
        socket.once("written", resolve);
      });
      if (onPeer === undefined) arrive();
      else {
        onPeer(peer);
        socket.emit("data", octets(requestHead()));
        await opened;
      }
      publicSockets.push(publicSocket());
      return publicSockets.at(-1)!;
    },
    async dial(port) {
      asked.push(["dial", port]);
      const peer = peerOf(true);
      const socket = sockets.at(-1)!;
      socket.once("written", () => {
        arrive();
        socket.emit("data", octets(OPEN));
      });
      return peer;
    },
    async answer(peerCame) {
      onPeer = peerCame;
      return listening;
    },
  };
  return {
    harness,
    asked,
    sockets,
    publicSockets,
    arrive,
    come: (): void => {
      onPeer!(peerOf(false));
    },
    get stopped() {
      return stopped;
    },
  };
}
const ended = (publicSockets: readonly PublicSocket[]): boolean[] =>
  publicSockets.map((one) => (one as FakeFace).ended);

describe("heads", () => {
  test("a request that opens", () => {
    expect(requestHead()).toBe(
      `GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${SAMPLE_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  });
  test("fields are replaced, added, left out; the first line is another", () => {
    expect(
      requestHead(
        {
          Host: "x",
          Upgrade: undefined,
          Connection: undefined,
          "Sec-WebSocket-Version": undefined,
          "X-A": "1",
        },
        "POST /a HTTP/1.0",
      ),
    ).toBe(`POST /a HTTP/1.0\r\nHost: x\r\nSec-WebSocket-Key: ${SAMPLE_KEY}\r\nX-A: 1\r\n\r\n`);
  });
  test.each([
    ["its key, as RFC 6455 §1.3 says", SAMPLE_KEY, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ["no key", undefined, "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w="],
  ])("a response to a request with %s", async (_, key, accepted) => {
    const socket = new FakeSocket();
    const peer = new RawPeer(socket as unknown as RawSocket, false);
    socket.emit("data", octets(requestHead({ "Sec-WebSocket-Key": key })));
    expect(await responseHead(await peer.head(), { Upgrade: undefined }, "HTTP/1.1 200 OK")).toBe(
      `HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`,
    );
  });
});

describe("servers", () => {
  test("give sockets in the order they come, before and after they are asked for, each set up first; and are stopped", async () => {
    const at = rig();
    const setUp: PublicSocket[] = [];
    const seen = await withServer(
      at.harness,
      async ({ port }, next) => {
        at.arrive();
        const first = await next();
        const waiting = [next(), next()];
        at.arrive();
        at.arrive();
        return [
          port,
          first.socket,
          ...(await Promise.all(waiting)).map((journal) => journal.socket),
        ];
      },
      (socket) => {
        setUp.push(socket);
      },
      { protocols: ["a"] },
    );
    expect(seen).toEqual([7, ...at.publicSockets]);
    expect([setUp, at.asked, at.stopped]).toEqual([
      at.publicSockets,
      [["serve", { protocols: ["a"] }]],
      1,
    ]);
  });

  test("are stopped after a failure too, which is told", async () => {
    const at = rig();
    await expect(
      withServer(at.harness, () => Promise.reject(new Error("no echo"))),
    ).rejects.toThrow("no echo");
    await expect(
      withRawServer(at.harness, () => Promise.reject(new Error("no echo"))),
    ).rejects.toThrow("no echo");
    expect(at.stopped).toBe(2);
  });

  test("of the test's own give connections in the order they come", async () => {
    const at = rig();
    const peers = await withRawServer(at.harness, async (_, next) => {
      at.come();
      const first = await next();
      const later = next();
      at.come();
      return [first, await later];
    });
    expect(peers.map(({ socket }) => socket)).toEqual(at.sockets);
  });
});

describe("lines", () => {
  test("with the library's server at one end: opened by hand, and dropped after", async () => {
    const at = rig();
    const line = await onServer(at.harness, async (open) => open, undefined, { maxMessageSize: 5 });
    expect([line.head.startLine, line.journal.socket, line.peer.masks]).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      at.publicSockets[0],
      true,
    ]);
    expect([at.sockets[0]!.written, at.sockets[0]!.destroyed, at.asked]).toEqual([
      [requestHead()],
      true,
      [
        ["serve", { maxMessageSize: 5 }],
        ["dial", 7],
      ],
    ]);
  });

  test("with the library's client at one end: answered by hand, and dropped after", async () => {
    const at = rig();
    const setUp: PublicSocket[] = [];
    const line = await onClient(
      at.harness,
      async (open) => open,
      (socket) => {
        setUp.push(socket);
      },
      { protocols: ["a"] },
    );
    expect([line.head.startLine, line.journal.socket, line.peer.masks]).toEqual([
      "GET / HTTP/1.1",
      at.publicSockets[0],
      false,
    ]);
    expect(at.sockets[0]!.written).toEqual([await responseHead(line.head)]);
    expect([setUp, at.sockets[0]!.destroyed, at.asked]).toEqual([
      at.publicSockets,
      true,
      [["connect", "ws://fake/", { protocols: ["a"] }]],
    ]);
  });

  test("with the library at both ends", async () => {
    const at = rig();
    const { client, server } = await onPair(at.harness, async (pair) => pair);
    expect([server.socket, client.socket]).toEqual(at.publicSockets);
    expect(ended(at.publicSockets)).toEqual([false, true]);
  });
});
