/** How a connection is lost: `initiator` and `cause` of the close event, in both roles, over TCP, TLS and HTTP/2. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type { Duplex } from "node:stream";
import type { CloseEvent, WebSocket } from "../../src/shell/index.ts";
import { pass, within } from "../../src/testing/assertion.ts";
import { requestHead, responseHead } from "../../src/testing/wire/line.ts";
import { CLOSE, closePayload, encodeFrame, TEXT } from "../../src/testing/wire/frames.ts";
import type { RawPeer } from "../../src/testing/wire/raw-peer.ts";
import { besideServer } from "../harness/ends.ts";
import type { Case } from "../harness/harnesses.ts";
import { authority, certificate, dialRaw, listenRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "../server/sockets.ts";

/** One way to lose a connection. */
interface Loss {
  readonly what: string;
  readonly initiator: "local" | "peer";
  readonly cause: RegExp | undefined;
  /** Over TLS, where that differs. */
  readonly causeByTls?: RegExp;
  readonly code: number | RegExp;
  /** Options of the socket. */
  readonly options?: object;
  /** Acts on our socket, once it is open. */
  readonly here?: (socket: WebSocket) => void;
  /** Acts at the peer, once our socket is open. */
  readonly there?: (peer: RawPeer, masks: boolean) => void;
}

const RESET = /^connection-lost: The connection was lost: /;
const RESET_OR_END = /^(?:connection-lost: The connection was lost: |peer-ended: )/;

const losses: readonly Loss[] = [
  {
    what: "FIN without a close frame",
    initiator: "peer",
    cause: /^peer-ended: The peer ended the connection without a close frame$/,
    code: 1006,
    there: (peer) => void peer.end(),
  },
  {
    what: "a reset",
    initiator: "peer",
    // Bun's `node:http` reports a reset as an end. Over TLS the peer has no reset to send, and drops its connection.
    cause: "bun" in process.versions ? RESET_OR_END : RESET,
    causeByTls: RESET_OR_END,
    code: 1006,
    there: (peer) => {
      peer.reset();
    },
  },
  {
    what: "a closing handshake that the peer does not finish",
    initiator: "local",
    cause: /^close-timeout: The peer did not finish the closing handshake in time$/,
    code: 1006,
    options: { closeTimeout: 100 },
    here: (socket) => {
      socket.close();
    },
  },
  {
    what: "terminate()",
    initiator: "local",
    cause: /^terminated: terminate\(\) was called on this side$/,
    code: 1006,
    here: (socket) => {
      socket.terminate();
    },
  },
  {
    what: "a ping without an answer",
    initiator: "local",
    cause: /^pong-timeout: No pong came within 100 ms of a ping$/,
    code: 1006,
    options: { pingInterval: 50, pongTimeout: 100 },
  },
  {
    what: "a violation",
    initiator: "local",
    cause: /^invalid-utf8: /,
    code: 1007,
    there: (peer, masks) => {
      peer.write(encodeFrame({ opcode: TEXT, payload: Uint8Array.of(0xff) }, masks));
      void peer.end();
    },
  },
  {
    what: "a close frame of the peer, which is no loss",
    initiator: "peer",
    cause: undefined,
    code: 4000,
    there: (peer, masks) => {
      peer.write(encodeFrame({ opcode: CLOSE, payload: closePayload(4000) }, masks));
      void peer.end();
    },
  },
];

/** The close event: `once` of `node:events` would reject at an error. */
const ending = (socket: WebSocket): Promise<CloseEvent> =>
  new Promise((resolve) => {
    socket.on("error", () => {}).on("close", resolve);
  });

/** Compares the close event, and `closed`, with what is expected of them. */
async function check(
  socket: WebSocket,
  ended: Promise<CloseEvent>,
  loss: Omit<Loss, "there">,
): Promise<void> {
  const event = await within(ended, "the close");
  for (const info of [event, await socket.closed]) {
    const shown = info.cause && `${info.cause.code}: ${info.cause.message}`;
    assert.equal(info.initiator, loss.initiator, shown);
    assert.equal(info.code, loss.code, shown);
    if (loss.cause === undefined) assert.equal(shown, undefined);
    else assert.match(String(shown), loss.cause);
    assert.equal(info.wasClean, loss.cause === undefined);
  }
}

/** A server loses its peer, which is written by hand. */
const atServer = (
  adapter: SocketsAdapter,
  by: "serve" | "listen",
  secure: boolean,
  loss: Loss,
): Promise<void> => {
  const options = { ...(secure ? { tls: certificate } : {}), ...loss.options };
  return besideServer(adapter, by, options, async ({ port }, first) => {
    const peer = await dialRaw(port, secure);
    try {
      peer.write(requestHead());
      await peer.head();
      const socket = await first;
      const ended = ending(socket);
      loss.here?.(socket);
      loss.there?.(peer, true);
      await check(socket, ended, loss);
    } finally {
      peer.destroy();
    }
  });
};

/** A client loses its server, which is written by hand. */
async function atClient(adapter: SocketsAdapter, secure: boolean, loss: Loss): Promise<void> {
  let arrived!: (peer: RawPeer) => void;
  const arrival = new Promise<RawPeer>((resolve) => {
    arrived = resolve;
  });
  const server = await listenRaw((peer) => {
    void (async () => {
      peer.write(await responseHead(await peer.head()));
      arrived(peer);
    })();
  }, secure);
  try {
    const socket = await adapter.connect(server.url, { ca: authority, ...loss.options });
    const ended = ending(socket);
    const peer = await arrival;
    loss.here?.(socket);
    loss.there?.(peer, false);
    await check(socket, ended, loss);
  } finally {
    await server.stop();
  }
}

/** One way for a peer of HTTP/2, which is Node's own, to lose its stream. */
interface StreamLoss extends Omit<Loss, "there"> {
  readonly act?: (stream: http2.Http2Stream & Duplex, session: http2.Http2Session) => void;
}

/** Those that both roles can be given. */
const streams: readonly StreamLoss[] = [
  { ...losses[0]!, act: (stream) => void stream.end() },
  {
    what: "a stream reset by CANCEL",
    initiator: "peer",
    cause: /^(?:connection-lost|peer-ended): /,
    code: 1006,
    act: (stream) => {
      stream.close(http2.constants.NGHTTP2_CANCEL);
    },
  },
  {
    what: "a session that is dropped",
    initiator: "peer",
    cause: /^(?:connection-lost|peer-ended): /,
    code: 1006,
    act: (_, session) => {
      session.destroy();
    },
  },
  losses[2]!,
  losses[3]!,
  losses[4]!,
];

const atStream = (adapter: SocketsAdapter, { act, ...loss }: StreamLoss): Promise<void> =>
  besideServer(adapter, "serve", { http2: true, ...loss.options }, async ({ port }, first) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    try {
      await once(session, "remoteSettings");
      const stream = session.request({
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":path": "/",
        "sec-websocket-version": "13",
      });
      stream.on("error", () => {});
      await once(stream, "response");
      const socket = await first;
      const ended = ending(socket);
      await pass(20);
      loss.here?.(socket);
      act?.(stream, session);
      await check(socket, ended, loss);
    } finally {
      session.destroy();
    }
  });

/** Those that a server gives our client. */
const served: readonly StreamLoss[] = [
  ...streams,
  {
    what: "a stream reset by INTERNAL_ERROR",
    initiator: "peer",
    cause: RESET_OR_END, // Node ends the stream before it resets it
    code: 1006,
    act: (stream) => {
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    },
  },
  {
    ...losses[5]!,
    act: (stream) =>
      void stream.end(encodeFrame({ opcode: TEXT, payload: Uint8Array.of(0xff) }, false)),
  },
  {
    ...losses[6]!,
    act: (stream) =>
      void stream.end(encodeFrame({ opcode: CLOSE, payload: closePayload(4000) }, false)),
  },
];

/** A client loses its server of HTTP/2, which is written by hand. */
async function atStreamClient(
  adapter: SocketsAdapter,
  { act, ...loss }: StreamLoss,
): Promise<void> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => void sessions.add(session.on("error", () => {})));
  const arrival = new Promise<http2.ServerHttp2Stream>((resolve) => {
    server.on("stream", (stream) => {
      stream.on("error", () => {}).resume();
      stream.respond({ ":status": 200 });
      resolve(stream);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  try {
    const socket = await adapter.connect(`ws://127.0.0.1:${port}/`, {
      http2: true,
      ...loss.options,
    });
    const ended = ending(socket);
    const stream = await arrival;
    loss.here?.(socket);
    act?.(stream, stream.session as http2.ServerHttp2Session);
    await check(socket, ended, loss);
  } finally {
    for (const session of sessions) session.destroy();
    server.close();
  }
}

const over = (loss: Loss, secure: boolean): Loss =>
  secure && loss.causeByTls !== undefined ? { ...loss, cause: loss.causeByTls } : loss;

export const lossCases: readonly Case<SocketsAdapter>[] = [
  ...losses.flatMap((loss) => [
    ...(["serve", "listen"] as const).flatMap((by) =>
      [false, true].map((secure): Case<SocketsAdapter> => ({
        name: `${by}${secure ? " by TLS" : ""}: ${loss.what}: ${loss.initiator}, in the close event and in closed`,
        run: (adapter) => atServer(adapter, by, secure, over(loss, secure)),
      })),
    ),
    ...[false, true].map((secure): Case<SocketsAdapter> => ({
      name: `connect${secure ? " by TLS" : ""}: ${loss.what}: ${loss.initiator}, in the close event and in closed`,
      run: (adapter) => atClient(adapter, secure, over(loss, secure)),
    })),
  ]),
  ...streams.map((loss): Case<SocketsAdapter> => ({
    name: `serve by HTTP/2: ${loss.what}: ${loss.initiator}, in the close event and in closed`,
    run: (adapter) => atStream(adapter, loss),
  })),
  ...served.map((loss): Case<SocketsAdapter> => ({
    name: `connect by HTTP/2: ${loss.what}: ${loss.initiator}, in the close event and in closed`,
    run: (adapter) => atStreamClient(adapter, loss),
  })),
];
