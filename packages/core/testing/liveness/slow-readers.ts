/** Peers that take what they are sent slowly, and steadily: they live. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import type { WebSocket } from "../../src/shell/index.ts";
import { within } from "../../src/testing/assertion.ts";
import { encodeFrame, PONG } from "../../src/testing/wire/frames.ts";
import { requestHead, responseHead } from "../../src/testing/wire/line.ts";
import type { RawPeer } from "../../src/testing/wire/raw-peer.ts";
import type { Case } from "../harness/harnesses.ts";
import { authority, certificate, listenRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "../server/sockets.ts";

type Slow = Case<SocketsAdapter>;

/** A pong may take less time than the message does, which takes 1.5 s; but not so little that a busy machine is taken for a dead peer. */
const WATCHED = { pingInterval: 50, pongTimeout: 900 } as const;
const SIZE = 12_000_000;
const RATE = 8_000_000 / 1000; // bytes a millisecond

interface Readable {
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Reads `size` bytes at {@link RATE}. Resolves once they have come. */
function readSlowly(stream: Readable, size: number): Promise<void> {
  const from = performance.now();
  let count = 0;
  return new Promise((resolve) => {
    stream.on("data", (bytes) => {
      count += bytes.length;
      if (count >= size) return resolve();
      const early = count / RATE - (performance.now() - from);
      if (early < 1) return;
      stream.pause();
      setTimeout(() => stream.resume(), early);
    });
  });
}

/** Sends the message as one, has the peer read it, and answer the last ping; the socket is to live all the time. */
async function survives(
  socket: WebSocket,
  stream: Readable & { write(bytes: Uint8Array): unknown },
  masks: boolean,
): Promise<void> {
  let isClosed = false;
  socket.on("close", () => {
    isClosed = true;
  });
  const read = readSlowly(stream, SIZE);
  socket.send(new Uint8Array(SIZE));
  await within(Promise.race([read, once(socket, "close")]), "a message that is read slowly");
  assert.equal(isClosed, false, "closed while the message was read");
  const pong = once(socket, "pong");
  stream.write(encodeFrame({ opcode: PONG, payload: new TextEncoder().encode("1") }, masks));
  await within(pong, "the pong");
  assert.equal(isClosed, false);
}

const slowly = async (
  adapter: SocketsAdapter,
  by: "serve" | "listen",
  more: { readonly http2?: boolean; readonly tls?: object },
  dial: (
    port: number,
  ) => Promise<Readable & { write(bytes: Uint8Array): unknown; destroy(): unknown }>,
): Promise<void> => {
  let resolve!: (socket: WebSocket) => void;
  const opened = new Promise<WebSocket>((done) => {
    resolve = done;
  });
  const server = adapter[by]({
    hostname: "127.0.0.1",
    ...WATCHED,
    ...more,
    websocket: { open: resolve },
  });
  await server.ready;
  const stream = await dial(server.port);
  try {
    await survives(await within(opened, "the socket"), stream, true);
  } finally {
    stream.destroy();
    await server.stop({ force: true });
  }
};

async function dial(port: number, secure: boolean): Promise<net.Socket> {
  const address = { host: "127.0.0.1", port };
  const socket = secure ? tls.connect({ ...address, ca: authority }) : net.connect(address);
  await once(socket, secure ? "secureConnect" : "connect");
  socket.on("error", () => {});
  socket.write(requestHead());
  return socket;
}

/** A way to `port` that is slow from there to here. Not all runtimes' clients of HTTP/2 hold a server back when they are paused. */
async function slowLink(port: number): Promise<net.Server> {
  const link = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    far.on("data", (bytes) => void near.write(bytes));
    far.on("error", () => {}).on("close", () => near.destroy());
    near.on("error", () => {}).on("close", () => far.destroy());
    near.pipe(far);
    void readSlowly(far, Infinity);
  });
  link.listen(0, "127.0.0.1");
  await once(link, "listening");
  return link;
}

async function dialHttp2(port: number): Promise<http2.ClientHttp2Stream> {
  const link = await slowLink(port);
  const session = http2.connect(`http://127.0.0.1:${(link.address() as net.AddressInfo).port}`);
  session.on("error", () => {}).on("close", () => link.close());
  await once(session, "remoteSettings");
  const stream = session.request({
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":path": "/",
    "sec-websocket-version": "13",
  });
  stream.on("error", () => {}).on("close", () => session.destroy());
  await once(stream, "response");
  return stream;
}

export const slowReaders: readonly Slow[] = [
  ...(["serve", "listen"] as const).flatMap((by) =>
    [false, true].map((secure): Slow => ({
      name: `${by}${secure ? " by TLS" : ""}: a peer that reads one long message slowly lives`,
      run: (adapter) =>
        slowly(adapter, by, secure ? { tls: certificate } : {}, (port) => dial(port, secure)),
    })),
  ),
  {
    name: "HTTP/2: a peer that reads one long message slowly lives",
    run: (adapter) => slowly(adapter, "serve", { http2: true }, dialHttp2),
  },
  {
    name: "connect: a server that reads one long message slowly lives",
    run: async (adapter) => {
      let accepted!: (peer: RawPeer) => void;
      const arrived = new Promise<RawPeer>((resolve) => {
        accepted = resolve;
      });
      const served = await listenRaw((peer) => {
        void (async () => {
          peer.write(await responseHead(await peer.head()));
          accepted(peer);
        })();
      }, false);
      try {
        const socket = await adapter.connect(served.url, WATCHED);
        const { socket: stream } = await arrived;
        await survives(socket, stream as net.Socket, false);
      } finally {
        await served.stop();
      }
    },
  },
];
