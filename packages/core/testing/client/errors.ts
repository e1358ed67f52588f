/** Errors for a server or proxy that does not open: a helpful text, a code, a cause, and the response where there is one. */
import assert from "node:assert/strict";
import net from "node:net";
import tls from "node:tls";
import type { Adapter } from "../harness/harnesses.ts";
import {
  failure,
  listening,
  type Options,
  TRUST,
  type Way,
  withAnswers,
  withProxy,
} from "./way.ts";
import { certificate } from "../harness/raw-streams.ts";

/** Runs `use` with a server that passes each connection to the given function. */
async function withPeer(
  onSocket: (socket: net.Socket) => void,
  use: (port: number) => Promise<void>,
  secure = false,
): Promise<void> {
  const accept = (socket: net.Socket): void => {
    onSocket(socket.on("error", () => {}));
  };
  await listening(
    secure
      ? tls.createServer(certificate, accept).on("tlsClientError", () => {})
      : net.createServer(accept),
    use,
  );
}

interface Failure {
  readonly name: string;
  readonly scheme?: "wss";
  readonly onSocket: (socket: net.Socket) => void;
  readonly secure?: true;
  readonly options?: Options;
  readonly code: RegExp;
  readonly words: RegExp;
  /** The error has a cause, which has its code. */
  readonly cause?: false;
}

const failures: readonly Failure[] = [
  {
    name: "does not speak TLS",
    scheme: "wss",
    onSocket: (socket) => {
      socket.once("data", () => socket.end("SSH-2.0-x\r\n"));
    },
    code: /^EPROTO$|^ERR_SSL_WRONG_VERSION_NUMBER$/,
    words:
      /^Network error: wss:.*\(the other side does not speak TLS on that port; is ws: or an http: proxy meant\?\)$/s,
  },
  {
    name: "speaks TLS alone, and says so",
    onSocket: (socket) => {
      socket.once("data", () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70])));
    },
    code: /^handshake-failed$/,
    words: /the server speaks TLS: is wss: meant\?/,
  },
  {
    name: "speaks TLS alone",
    secure: true,
    onSocket: () => {},
    code: /^closed$|^handshake-failed$|^ECONNRESET$/,
    words: /wss:/,
    cause: false,
  },
  {
    name: "drops the connection",
    onSocket: (socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    },
    code: /^ECONNRESET$/,
    words: /^Network error: ws:.*\(the other side dropped the connection before it opened; /,
  },
  {
    name: "hangs up",
    onSocket: (socket) => {
      socket.once("data", () => socket.end());
    },
    code: /^closed$/,
    words:
      /was closed before it opened: 1006 \(it ended before the server answered: does it want a subprotocol, of which none was offered, /,
    cause: false,
  },
  {
    name: "hangs up, as some do over a subprotocol they do not know",
    onSocket: (socket) => {
      socket.once("data", () => socket.end());
    },
    options: { ...TRUST, protocols: ["mqtt", "mqttv3.1"] },
    code: /^closed$/,
    words: /\(it ended before the server answered: does it know the subprotocol mqtt, mqttv3\.1, /,
    cause: false,
  },
  {
    name: "hangs up in the midst of its answer",
    onSocket: (socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 101 Switch"));
    },
    code: /^closed$/,
    words: /was closed before it opened: 1006 \(it ended before the server answered: /,
    cause: false,
  },
  {
    name: "speaks something else",
    onSocket: (socket) => {
      socket.once("data", () => socket.end("-ERR unknown command\r\n\r\n"));
    },
    code: /^handshake-failed$/,
    words: /^Error during WebSocket handshake: Malformed HTTP/,
  },
];

const served: readonly Way[] = failures.map(
  ({ name, scheme = "ws", onSocket, secure = false, options = TRUST, code, words, cause }) => ({
    name: `a server that ${name}: said in words`,
    run: (adapter) =>
      withPeer(
        onSocket,
        async (port) => {
          const error = await failure(adapter, `${scheme}://127.0.0.1:${port}/`, {
            ...options,
            handshakeTimeout: 5000,
          });
          assert.match(error.code, code, error.message);
          assert.match(error.message, words);
          if (cause !== false) assert.equal((error.cause as { code?: unknown }).code, error.code);
        },
        secure,
      ),
  }),
);

const nowhere: readonly Way[] = [
  {
    name: "nobody listens, by ws:, wss: and HTTP/2: said in words",
    run: async (adapter) => {
      let free = 0;
      await withPeer(
        () => {},
        async (port) => {
          free = port;
        },
      );
      for (const [scheme, options] of [
        ["ws", {}],
        ["wss", {}],
        ["ws", { http2: true }],
        ["wss", { http2: true }],
      ] as const) {
        const error = await failure(adapter, `${scheme}://127.0.0.1:${free}/`, options);
        assert.deepEqual(
          [error.code, (error.cause as { code?: unknown }).code],
          ["ECONNREFUSED", "ECONNREFUSED"],
        );
        assert.match(
          error.message,
          /^Network error: wss?:.*\(nothing listens there; is the server up, and the port right\?\)$/,
        );
      }
    },
  },
  {
    name: "the password of a URL is in no message",
    run: async (adapter) => {
      let free = 0;
      await withPeer(
        (socket) => {
          socket.once("data", () => socket.end());
        },
        async (port) => {
          free = port;
          assert.doesNotMatch(
            (await failure(adapter, `ws://user:secret@127.0.0.1:${port}/`, {})).message,
            /secret/,
          );
        },
      );
      for (const options of [
        {},
        { http2: true },
        { proxy: { origin: `http://user:secret@127.0.0.1:${free}` } },
      ]) {
        const error = await failure(adapter, `ws://user:secret@127.0.0.1:${free}/`, options);
        assert.equal(error.code, "ECONNREFUSED");
        assert.doesNotMatch(error.message, /secret/);
      }
    },
  },
  {
    name: "there is no such host: said in words",
    run: async (adapter) => {
      const lookup = (_host: string, _options: object, callback: (error: Error) => void): void => {
        callback(
          Object.assign(new Error("getaddrinfo ENOTFOUND no.example"), { code: "ENOTFOUND" }),
        );
      };
      const error = await failure(adapter, "ws://no.example/", {
        net: { lookup: lookup as never },
      });
      assert.equal(error.code, "ENOTFOUND");
      assert.match(
        error.message,
        /^Network error: ws:\/\/no\.example\/: getaddrinfo ENOTFOUND no\.example \(there is no such host; is the name right\?\)$/,
      );
    },
  },
];

const answers: readonly [status: number, fields: string, body: string][] = [
  [200, "Content-Type: text/html\r\nContent-Length: 5\r\n", "hello"],
  [404, "Transfer-Encoding: chunked\r\n", "4\r\nnope\r\n0\r\n\r\n"],
  [426, "Upgrade: websocket\r\nSec-WebSocket-Version: 8, 7\r\n", "to the end"],
  [503, "Retry-After: 5\r\nContent-Length: 0\r\n", ""],
];
const refused: readonly Way[] = answers.map(([status, fields, body]) => ({
  name: `a server of HTTP that is none of WebSocket: ${status}`,
  run: (adapter) =>
    withAnswers(
      (_, socket) => {
        socket.end(`HTTP/1.1 ${status} x\r\n${fields}\r\n${body}`);
      },
      async (url) => {
        const error = await failure(adapter, url, {});
        assert.deepEqual(
          [error.name, error.code, error.status, error.message],
          [
            "ConnectError",
            "opening-refused",
            status,
            `Error during WebSocket handshake: Unexpected response code: ${status}`,
          ],
        );
        assert.equal(error.body?.toString(), body.startsWith("4\r\n") ? "nope" : body);
        for (const [, name, value] of fields.matchAll(/(\S+): (.*)\r\n/g))
          assert.equal(error.headers?.[name!.toLowerCase()], value);
      },
    ),
}));

/** A refusal of a proxy by the events of a client, and by the promise. */
async function refusedByProxy(
  adapter: Adapter,
  origin: string,
): Promise<{ status: number | undefined; body: string }> {
  const client = new adapter.Client("ws://[::1]:1/", null, { proxy: { origin } });
  const told: unknown[] = [];
  let body = "";
  let status: number | undefined;
  client.on("error", (event) => {
    told.push(["error", event.code]);
    ({ status } = event);
    body = String(event.body);
  });
  await new Promise<void>((resolve) => {
    client.on("close", ({ code }) => {
      told.push(["close", code]);
      resolve();
    });
  });
  assert.deepEqual(told, [
    ["error", "proxy-refused"],
    ["close", 1006],
  ]);
  assert.deepEqual([client.statusCode, client.readyState], [undefined, 3]); // the server has answered nothing
  return { status, body };
}

const proxies: readonly Way[] = [
  {
    name: "a proxy that refuses in chunks, cut into bytes: status and body, then close 1006",
    run: (adapter) =>
      withProxy(
        {
          refuse: (_, socket) => {
            for (const byte of "HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n6;x=y\r\n there\r\n0\r\n\r\n")
              socket.write(byte);
            return "";
          },
        },
        async ({ origin, heads }) => {
          assert.deepEqual(await refusedByProxy(adapter, origin), {
            status: 502,
            body: "not there",
          });
          assert.match(heads[0]!, /^CONNECT \[::1\]:1 HTTP\/1\.1\r\nHost: \[::1\]:1\r\n/);
        },
      ),
  },
  ...[false, true].map((chunked): Way => ({
    name: `a proxy that refuses at endless length${chunked ? ", in chunks" : ""}: the first 64 KiB, then close 1006`,
    run: (adapter) =>
      withProxy(
        {
          refuse: (_, socket) => {
            const piece = "x".repeat(10_000);
            const more = (): void => {
              while (!socket.destroyed && socket.write(chunked ? `2710\r\n${piece}\r\n` : piece));
            };
            socket.write(
              `HTTP/1.1 403 x\r\n${chunked ? "Transfer-Encoding: chunked\r\n" : ""}\r\n`,
            );
            socket.on("drain", more);
            more();
            return "";
          },
        },
        async ({ origin }) => {
          const { status, body } = await refusedByProxy(adapter, origin);
          assert.deepEqual([status, body.length, /^x+$/.test(body)], [403, 65_536, true]);
        },
      ),
  })),
  {
    name: "a proxy whose answer is no HTTP",
    run: (adapter) =>
      withProxy({ refuse: () => "SSH-2.0-x\r\n\r\n" }, async ({ origin }) => {
        const error = await failure(adapter, "ws://example.invalid/", { proxy: { origin } });
        assert.deepEqual([error.code, error.status], ["proxy-refused", undefined]);
        assert.match(error.message, /The proxy's answer is not HTTP: Malformed HTTP/);
      }),
  },
  {
    name: "a server behind a proxy that refuses: its own answer, then close 1006",
    run: (adapter) =>
      withAnswers(
        (_, socket) => {
          socket.end("HTTP/1.1 401 x\r\nContent-Length: 3\r\n\r\nwho");
        },
        (url) =>
          withProxy({}, async ({ origin }) => {
            const error = await failure(adapter, url, { proxy: { origin } });
            assert.deepEqual(
              [error.code, error.status, error.body?.toString()],
              ["opening-refused", 401, "who"],
            );
          }),
      ),
  },
];

export const errors: readonly Way[] = [...nowhere, ...served, ...refused, ...proxies];
