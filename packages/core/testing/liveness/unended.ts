/** Peers that finish the closing handshake and never end the connection. Every adapter runs this. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { CloseEvent, WebSocket } from "../../src/shell/index.ts";
import { RawPeer, type RawSocket } from "../../src/testing/index.ts";
import { CLOSE, closePayload } from "../../src/testing/wire/frames.ts";
import { requestHead, responseHead } from "../../src/testing/wire/line.ts";
import type { Case } from "../harness/harnesses.ts";
import { dialRaw, listenRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "../server/sockets.ts";

/** The side that begins to close. */
type First = "ours" | "theirs";

/** The two seconds that the peer has, and what a busy machine adds. */
const SOON = 8000;

const farewell = { opcode: CLOSE, payload: closePayload(4000) } as const;

/** Does the peer's half of the closing handshake, and no more. */
async function shake(peer: RawPeer, first: First): Promise<void> {
  if (first === "theirs") peer.send(farewell);
  assert.equal((await peer.frame()).opcode, CLOSE);
  if (first === "ours") peer.send(farewell);
}

/** The end that the socket reports, and its time. */
async function endOf(socket: WebSocket, first: First): Promise<CloseEvent> {
  const began = performance.now();
  if (first === "ours") socket.close(4000);
  const [event] = (await once(socket, "close")) as [CloseEvent];
  const took = performance.now() - began;
  assert.ok(took < SOON, `${first} first: the close event took ${Math.round(took)} ms`);
  assert.deepEqual([event.code, event.wasClean, event.cause], [4000, true, undefined]);
  return event;
}

/** A server of ours, and the socket that `dial` gives it. */
async function served(
  adapter: SocketsAdapter,
  by: "serve" | "listen",
  http2Too: boolean,
  use: (port: number, opened: Promise<WebSocket>) => Promise<void>,
): Promise<void> {
  let open!: (socket: WebSocket) => void;
  const opened = new Promise<WebSocket>((resolve) => {
    open = resolve;
  });
  const options = { hostname: "127.0.0.1", websocket: { open } };
  const server = http2Too ? adapter.serve({ ...options, http2: true }) : adapter[by](options);
  await server.ready;
  try {
    await use(server.port, opened);
  } finally {
    await server.stop({ force: true });
  }
}

const serverCase = (adapter: SocketsAdapter, by: "serve" | "listen", first: First): Promise<void> =>
  served(adapter, by, false, async (port, opened) => {
    const peer = await dialRaw(port, false);
    try {
      peer.write(requestHead());
      await peer.head();
      await Promise.all([endOf(await opened, first), shake(peer, first)]);
    } finally {
      peer.destroy();
    }
  });

async function clientCase(adapter: SocketsAdapter, first: First): Promise<void> {
  const listening = await listenRaw((peer) => {
    void (async () => {
      peer.write(await responseHead(await peer.head()));
      await shake(peer, first);
    })();
  }, false);
  try {
    await endOf(await adapter.connect(listening.url), first);
  } finally {
    await listening.stop();
  }
}

async function http2ServerCase(adapter: SocketsAdapter, first: First): Promise<void> {
  await served(adapter, "serve", true, async (port, opened) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    try {
      await once(session, "remoteSettings");
      const stream = session.request(
        {
          ":method": "CONNECT",
          ":protocol": "websocket",
          ":path": "/",
          "sec-websocket-version": "13",
        },
        { endStream: false },
      );
      const peer = new RawPeer(stream as unknown as RawSocket, true);
      await once(stream, "response");
      await Promise.all([endOf(await opened, first), shake(peer, first)]);
      if (!stream.closed) await once(stream, "close");
      assert.equal(stream.rstCode, http2.constants.NGHTTP2_NO_ERROR);
    } finally {
      session.destroy();
    }
  });
}

/** An HTTP/2 server by hand, whose WebSockets `onPeer` has. */
async function withHttp2Server(
  onPeer: (peer: RawPeer, stream: http2.ServerHttp2Stream) => void,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session.on("error", () => {})));
  server.on("stream", (stream: http2.ServerHttp2Stream) => {
    stream.respond({ ":status": 200 });
    onPeer(new RawPeer(stream, false), stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
    for (const session of sessions) session.destroy();
  }
}

const http2ClientCase = (adapter: SocketsAdapter, first: First): Promise<void> => {
  const codes: number[] = [];
  let gone: Promise<unknown> | undefined;
  return withHttp2Server(
    (peer, stream) => {
      gone = once(stream, "close").then(() => codes.push(stream.rstCode!));
      void shake(peer, first);
    },
    async (url) => {
      await endOf(await adapter.connect(url, { http2: true }), first);
      await gone;
      assert.deepEqual(codes, [http2.constants.NGHTTP2_NO_ERROR]);
    },
  );
};

const firsts: readonly First[] = ["ours", "theirs"];

export const unendedCases: readonly Case<SocketsAdapter>[] = [
  {
    name: "a peer that finishes the closing handshake and never ends the connection: the close event comes soon, and is clean",
    run: async (adapter) => {
      // All at once: each waits two seconds.
      await Promise.all(
        firsts.flatMap((first) => [
          serverCase(adapter, "serve", first),
          serverCase(adapter, "listen", first),
          clientCase(adapter, first),
          http2ServerCase(adapter, first),
          http2ClientCase(adapter, first),
        ]),
      );
    },
  },
  {
    name: "HTTP/2: a server that ends the stream only behind the client's end need not be waited for",
    run: async (adapter) => {
      for (const first of firsts)
        await withHttp2Server(
          (peer, stream) => {
            void shake(peer, first);
            stream.on("end", () => {
              stream.end();
            });
          },
          async (url) => {
            const socket = await adapter.connect(url, { http2: true, closeTimeout: 0 });
            await endOf(socket, first);
          },
        );
    },
  },
];
