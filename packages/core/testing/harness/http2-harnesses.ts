import { EventEmitter } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import { type Harness, type Listening, RawPeer, type RawSocket } from "../../src/testing/index.ts";
import type { Adapter, Crowd } from "./harnesses.ts";
import { authority, certificate } from "./raw-streams.ts";

type Fields = Record<string, string>;

/** HTTP/1.1's, which have no place in HTTP/2. */
const REPLACED: ReadonlySet<string> = new Set([
  "host",
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-accept",
]);
const CANCEL = http2.constants.NGHTTP2_CANCEL;

/**
 * A stream of HTTP/2 for hands that know HTTP/1.1: of the head they write fields are made, and of the fields that come a head. Thus the suites,
 * which speak bytes, are run over HTTP/2 as they are.
 */
class HeadedStream extends EventEmitter {
  private head = Buffer.alloc(0);
  private isHeadOut = false;
  private readonly send: (startLine: string, fields: Fields) => http2.Http2Stream;
  protected stream: http2.Http2Stream | undefined;

  constructor(
    stream: http2.Http2Stream | undefined,
    send: (startLine: string, fields: Fields) => http2.Http2Stream,
  ) {
    super();
    this.stream = stream;
    this.send = send;
  }

  write(bytes: Uint8Array): boolean {
    if (this.isHeadOut) return this.stream!.writable && this.stream!.write(bytes);
    this.head = Buffer.concat([this.head, bytes]);
    const end = this.head.indexOf("\r\n\r\n");
    if (end < 0) return true;
    const [startLine = "", ...lines] = this.head.toString("latin1", 0, end).split("\r\n");
    const fields: Fields = {};
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(":")).toLowerCase();
      const value = line.slice(line.indexOf(":") + 1).trim();
      if (!REPLACED.has(name))
        fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
    }
    this.isHeadOut = true;
    this.stream = this.send(startLine, fields);
    return this.head.length === end + 4 || this.stream.write(this.head.subarray(end + 4));
  }

  /** Passes on what comes, once a head has been made of the fields that came first. */
  forward(
    stream: http2.Http2Stream,
    startLine: string,
    headers: http2.IncomingHttpHeaders,
    more: Fields,
  ): void {
    const fields = {
      ...more,
      ...Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(":"))),
    };
    this.emit(
      "data",
      Buffer.from(
        `${[startLine, ...Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`)].join("\r\n")}\r\n\r\n`,
        "latin1",
      ),
    );
    stream.on("data", (chunk) => this.emit("data", chunk));
  }

  end(): void {
    this.stream?.end();
  }
  destroy(): void {
    if (this.stream?.closed === false) this.stream.close(CANCEL);
  }
  resetAndDestroy(): void {
    this.destroy();
  }
  get writableLength(): number {
    return this.stream?.writableLength ?? 0;
  }
  pause(): void {
    this.stream?.pause();
  }
  resume(): void {
    this.stream?.resume();
  }
}

/** Follows the end of `stream`. */
function follow(headed: HeadedStream, stream: http2.Http2Stream): void {
  stream
    .on("end", () => headed.emit("end"))
    .on("close", () => headed.emit("close"))
    .on("error", (error) => headed.emit("error", error));
}

const ANSWER = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
};
const REQUEST = {
  host: "localhost",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** A stream of its own session to a server of the library's. It masks. */
function dialStream(port: number, secure: boolean): Promise<RawPeer> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`${secure ? "https" : "http"}://127.0.0.1:${port}`, {
      ca: authority,
    });
    session.once("error", reject);
    session.once("remoteSettings", () => {
      const headed = new HeadedStream(undefined, (startLine, fields) => {
        const stream = session.request({
          ":method": "CONNECT",
          ":protocol": "websocket",
          ":path": startLine.split(" ")[1]!,
          ...fields,
        });
        stream.once("response", (headers) => {
          const status = headers[":status"] === 200 ? 101 : headers[":status"];
          headed.forward(
            stream,
            `HTTP/1.1 ${status} Answer`,
            headers,
            status === 101 ? ANSWER : { connection: "close" },
          );
        });
        stream.once("close", () => {
          session.destroy();
        });
        follow(headed, stream);
        return stream;
      });
      headed.destroy = () => {
        session.destroy();
      };
      resolve(new RawPeer(headed as unknown as RawSocket, true));
    });
  });
}

/** A server for the library's client, whose streams are led by hand. */
async function listenStreams(onPeer: (peer: RawPeer) => void, secure: boolean): Promise<Listening> {
  const settings = { enableConnectProtocol: true };
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = secure
    ? http2.createSecureServer({ ...certificate, settings })
    : http2.createServer({ settings });
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    const headed = new HeadedStream(stream, (startLine, fields) => {
      const status = Number(startLine.split(" ")[1]);
      stream.respond({ ":status": status === 101 ? 200 : status, ...fields });
      return stream;
    });
    follow(headed, stream);
    onPeer(new RawPeer(headed as unknown as RawSocket, false));
    headed.forward(stream, `GET ${headers[":path"]} HTTP/1.1`, headers, REQUEST);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const session of sessions) session.destroy();
    });
  return { url: `${secure ? "wss" : "ws"}://127.0.0.1:${port}/`, port, stop };
}

/** An adapter's `serve` and `connect` by HTTP/2, over TCP and TLS. */
export function http2HarnessesOf(
  { serve, connect }: Adapter,
  { some, few }: Crowd,
): readonly Harness[] {
  return [false, true].map(
    (secure) =>
      ({
        name: `HTTP/2 over ${secure ? "TLS" : "TCP"}`,
        many: secure ? few : some,
        serve: async (onSocket, { protocols, refuse, ...options } = {}) => {
          const server = serve({
            ...options,
            hostname: "127.0.0.1",
            protocols,
            http2: true,
            ...(secure ? { tls: certificate } : {}),
            websocket: {
              open: (socket) => {
                onSocket(socket);
              },
              ...(refuse === undefined ? {} : { upgrade: () => ({ status: refuse }) }),
            },
          });
          await server.ready;
          return { url: server.url, port: server.port, stop: () => server.stop({ force: true }) };
        },
        connect: (url, options = {}) => connect(url, { ...options, ca: authority, http2: true }),
        dial: (port) => dialStream(port, secure),
        answer: (onPeer) => listenStreams(onPeer, secure),
      }) satisfies Harness,
  );
}
