import { type ConnectDirectly, connectSocket, hostOf, portOf } from "@sansocket/core/node-compat";
import { bun, type BunSocket } from "./bun.ts";
import { nodeModules } from "./node-modules.ts";
import { BunTransport, traffic } from "./transport.ts";

type Options = Parameters<ConnectDirectly>[1];

/** The options of `net` and `tls` that `Bun.connect` has. With any other a client goes through Bun's `node:net` and `node:tls`. */
const NET_OPTIONS: readonly string[] = ["path", "host", "port"];
const TLS_OPTIONS: readonly string[] = [
  "ca",
  "cert",
  "key",
  "passphrase",
  "servername",
  "rejectUnauthorized",
];

const given = (options: object | undefined): string[] =>
  Object.entries(options ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [name]));
const isNative = ({ net, tls }: Options): boolean =>
  given(net).every((name) => NET_OPTIONS.includes(name)) &&
  given(tls).every((name) => TLS_OPTIONS.includes(name));

/** Starts connecting by `Bun.connect`. Bytes written before the connection opens wait. */
export const connectDirectly: ConnectDirectly = (url, options) =>
  isNative(options) ? connectBunSocket(url, options) : connectSocket(nodeModules, url, options);

function connectBunSocket(url: URL, { net, tls, ca: fallback }: Options): BunTransport {
  const transport = new BunTransport(undefined);
  const secure = url.protocol === "wss:";
  const ca = tls?.ca ?? fallback;
  const place =
    net?.path === undefined
      ? { hostname: net?.host ?? hostOf(url), port: net?.port ?? portOf(url) }
      : { unix: net.path };
  const start = (socket: BunSocket): void => {
    socket.setNoDelay(true);
    socket.data = transport;
    transport.opened(socket);
  };
  const connecting = bun.connect({
    ...place,
    allowHalfOpen: true,
    // Never empty: Bun takes an empty object for none, and speaks no TLS.
    ...(secure
      ? {
          tls: {
            rejectUnauthorized: true,
            ...serverName(hostOf(url)),
            ...defined(tls),
            ...(ca === undefined ? {} : { ca }),
          },
        }
      : {}),
    socket: {
      ...traffic,
      open(socket) {
        if (secure) transport.reached(socket);
        else start(socket);
      },
      handshake(socket, success, error) {
        // Bun has compared the certificate with the name. Without success it closes by itself.
        if (success) start(socket);
        else fail(error);
      },
      close(_, error) {
        transport.closed(error);
      },
      connectError(_, error) {
        fail(error);
      },
    },
  });
  function fail(error: unknown): void {
    transport.closed(error);
  }
  connecting.catch(fail);
  return transport;
}

/** Returns the options without `undefined` values, which must not hide a default. */
const defined = (options: object | undefined): object =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));

/** An IP address may not be sent as a server name (RFC 6066 §3), and Bun sends it unless there is an empty one. Bun compares it with the certificate all the same. */
const serverName = (host: string): { servername: string } => ({
  servername: nodeModules.net.isIP(host) === 0 ? host : "",
});
