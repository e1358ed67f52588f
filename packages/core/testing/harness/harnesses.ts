import http from "node:http";
import https from "node:https";
import type net from "node:net";
import type { PublicSocket, Harness, Listening, ServeOptions } from "../../src/testing/index.ts";
import type {
  ClientConstructor,
  Connect as Join,
  Listen,
  Serve as Start,
  WebSocketConstructor,
} from "../../src/node-compat/index.ts";
import { authority, certificate, dialRaw, listenRaw } from "./raw-streams.ts";

/** The names that every adapter has. */
export interface Adapter {
  readonly Client: ClientConstructor;
  readonly connect: Join;
  readonly listen: Listen;
  readonly serve: Start;
  readonly WebSocket: WebSocketConstructor;
}

/** One case of a suite that every adapter runs. */
export interface Case<A = Adapter> {
  readonly name: string;
  run(adapter: A): Promise<void>;
}

type Serve = (
  onSocket: (socket: PublicSocket) => void,
  options: ServeOptions,
  secure: boolean,
) => Promise<Listening>;

/** `serve` or `listen`. */
const modern =
  (start: Start | Listen): Serve =>
  async (onSocket, options, secure) => {
    const { protocols, refuse, ...limits } = options;
    const server = start({
      ...limits,
      hostname: "127.0.0.1",
      port: 0,
      protocols,
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
  };

/** faye-websocket's way: a server of one's own, its `upgrade` event, and the constructor. */
const constructed =
  ({ WebSocket }: Adapter): Serve =>
  async (onSocket, options, secure) => {
    const { protocols = [], refuse, ...limits } = options;
    const server = secure ? https.createServer(certificate) : http.createServer();
    const sockets = new Set<InstanceType<WebSocketConstructor>>();
    server.on("request", (_, response) => {
      response.writeHead(426, { Connection: "close" }).end();
    });
    server.on("upgrade", (request, socket, head) => {
      if (refuse !== undefined)
        return void socket.end(`HTTP/1.1 ${refuse} Refused\r\nConnection: close\r\n\r\n`);
      const ws = new WebSocket(request, socket, head, [...protocols], limits);
      sockets.add(ws);
      ws.on("close", () => sockets.delete(ws));
      onSocket(ws);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as net.AddressInfo;
    const stop = (): Promise<void> =>
      new Promise((resolve) => {
        for (const ws of sockets) ws.terminate();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    return { url: `${secure ? "wss" : "ws"}://127.0.0.1:${port}/`, port, stop };
  };

type Connect = Harness["connect"];

const connected =
  ({ connect }: Adapter): Connect =>
  (url, options = {}) =>
    connect(url, { ...options, ca: authority });

/** faye-websocket's way: a socket at once, and its `open` event. */
const clientConstructed =
  ({ Client }: Adapter): Connect =>
  (url, { protocols = [], ...options } = {}) => {
    const client = new Client(url, [...protocols], { ...options, ca: authority });
    return new Promise((resolve, reject) => {
      client.on("open", () => {
        holdMessages(client);
        resolve(client);
      });
      client.on("close", ({ code, reason }) => {
        reject(new Error(`closed ${code}: ${reason}`));
      });
    });
  };

/** Pauses until whoever awaits the socket has added listeners; what they say of pausing holds from then on. */
function holdMessages(client: InstanceType<ClientConstructor>): void {
  let paused = false;
  client.pause();
  client.pause = () => {
    paused = true;
  };
  client.resume = () => {
    paused = false;
  };
  setImmediate(() => {
    Reflect.deleteProperty(client, "pause");
    Reflect.deleteProperty(client, "resume");
    if (!paused) client.resume();
  });
}

/** How many connections the test of many holds at once. */
export interface Crowd {
  readonly most: number;
  readonly some: number;
  readonly few: number;
}

/** The parts that only one runtime has. */
export interface Peculiarities {
  /** How many servers, sockets and timers keep the process alive. */
  readonly held?: () => number;
  /** Mends the streams that the suite itself uses. */
  readonly mend?: (stream: net.Socket) => void;
}

/** Every way an adapter has to serve and to connect, over TCP and TLS. */
export function harnessesOf(
  adapter: Adapter,
  { most, some, few }: Crowd,
  { held, mend }: Peculiarities = {},
): readonly Harness[] {
  const harness = (
    name: string,
    start: Serve,
    join: Connect,
    secure: boolean,
    many: number,
  ): Harness => ({
    name: `${name} over ${secure ? "TLS" : "TCP"}`,
    many,
    serve: (onSocket, options = {}) => start(onSocket, options, secure),
    connect: join,
    dial: (port) => dialRaw(port, secure, mend),
    answer: (onPeer) => listenRaw(onPeer, secure, mend),
    ...(held === undefined ? {} : { held }),
  });
  return [
    harness("listen", modern(adapter.listen), connected(adapter), false, most),
    harness("listen", modern(adapter.listen), connected(adapter), true, most),
    harness("serve", modern(adapter.serve), connected(adapter), false, most),
    harness("serve", modern(adapter.serve), connected(adapter), true, some),
    harness("the constructors", constructed(adapter), clientConstructed(adapter), false, some),
    harness("the constructors", constructed(adapter), clientConstructed(adapter), true, few),
  ];
}
