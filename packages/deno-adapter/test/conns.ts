/** Connections of Deno's own kinds, with `node:net` and `node:tls` at the other end. */
import { once } from "node:events";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { authority, certificate } from "../../core/testing/harness/raw-streams.ts";
import { mend } from "../src/tls-reading.ts";
import type { Ends as Bare, Kind as KindOf } from "../../core/testing/server/transports.ts";
import { type DenoConn, DenoTransport } from "../src/transport.ts";

/** One connection: ours, and the stream at its other end. */
export interface Ends extends Bare {
  readonly conn: DenoConn;
}

/** A way to a connection: accepted by `Deno.listen` or `Deno.listenTls`, or made by `Deno.connect`, `Deno.connectTls` or `Deno.startTls`. */
export type Kind = KindOf<Ends>;

/** A transport over `conn`, when it is asked for: it reads at once. */
const ends = (conn: DenoConn, peer: net.Socket): Ends => ({
  conn,
  peer,
  get connector() {
    return new DenoTransport(conn);
  },
});
const HOST = "127.0.0.1";
const keys = { cert: certificate.cert, key: certificate.key };
const trusted = { hostname: "localhost", caCerts: [authority] };
const portOf = (listener: Deno.TcpListener | Deno.TlsListener): number => listener.addr.port;
const socketPath = (): string => join(tmpdir(), `sansocket-deno-${crypto.randomUUID()}.sock`);
/** Its errors are expected, and a pause is to hold the other end back. */
const quiet = <S extends net.Socket>(socket: S): S => mend(socket.on("error", () => {}));

/** Both ends of a connection that `Deno.listen` accepts from `dial`. */
async function accepted<L extends Deno.Listener>(
  listener: L,
  dial: () => net.Socket,
): Promise<Ends> {
  const peer = quiet(dial());
  const [conn] = await Promise.all([listener.accept(), once(peer, "connect")]);
  listener.close();
  return ends(conn, peer);
}

/** A TLS handshake is made with the first read, so both ends must move. */
async function acceptedTls(): Promise<Ends> {
  const listener = Deno.listenTls({ port: 0, hostname: HOST, ...keys });
  const peer = quiet(
    tls.connect({
      port: portOf(listener),
      host: HOST,
      servername: "localhost",
      ca: authority,
      allowHalfOpen: true,
    } as tls.ConnectionOptions),
  );
  const conn = await listener.accept();
  await Promise.all([conn.handshake(), once(peer, "secureConnect")]);
  listener.close();
  return ends(conn, peer);
}

/** Both ends of a connection that `dial` makes to a server of Node's. */
async function dialled<C extends DenoConn>(
  server: net.Server,
  event: string,
  dial: (port: number) => Promise<C>,
  path?: string,
): Promise<Ends> {
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, HOST, resolve);
    else server.listen(path, resolve);
  });
  const came = once(server, event);
  const conn = await dial(path === undefined ? (server.address() as net.AddressInfo).port : 0);
  const shaken = "handshake" in conn ? (conn as unknown as Deno.TlsConn).handshake() : undefined;
  const [peer] = (await came) as [net.Socket];
  await shaken;
  server.close();
  return ends(conn, quiet(peer));
}
const plainServer = (): net.Server => net.createServer({ allowHalfOpen: true });
const secureServer = (): net.Server => tls.createServer({ ...keys, allowHalfOpen: true });

export const kinds: readonly Kind[] = [
  {
    name: "TcpConn, accepted",
    over: "TCP",
    make: async () => {
      const listener = Deno.listen({ port: 0, hostname: HOST });
      return await accepted(listener, () =>
        net.connect({ port: portOf(listener), host: HOST, allowHalfOpen: true }),
      );
    },
  },
  {
    name: "TcpConn, connected",
    over: "TCP",
    make: () =>
      dialled(plainServer(), "connection", (port) => Deno.connect({ port, hostname: HOST })),
  },
  {
    name: "UnixConn, accepted",
    over: "a Unix socket",
    make: async () => {
      const path = socketPath();
      return await accepted(Deno.listen({ transport: "unix", path }), () =>
        net.connect({ path, allowHalfOpen: true }),
      );
    },
  },
  {
    name: "UnixConn, connected",
    over: "a Unix socket",
    make: async () => {
      const path = socketPath();
      return await dialled(
        plainServer(),
        "connection",
        () => Deno.connect({ transport: "unix", path }),
        path,
      );
    },
  },
  { name: "TlsConn, accepted", over: "TLS", make: acceptedTls },
  {
    name: "TlsConn, connected",
    over: "TLS",
    make: () =>
      dialled(secureServer(), "secureConnection", (port) => Deno.connectTls({ port, ...trusted })),
  },
  {
    name: "TlsConn, of startTls",
    over: "TLS",
    make: () =>
      dialled(secureServer(), "secureConnection", async (port) =>
        Deno.startTls(await Deno.connect({ port, hostname: HOST }), trusted),
      ),
  },
];
