import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { type Listening, RawPeer } from "../../src/testing/index.ts";

const pem = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), "utf8");

/** A server certificate for `localhost` and 127.0.0.1, and the authority that signed it: for tests only. */
export const certificate = { cert: pem("localhost"), key: pem("localhost-key") };
export const authority = pem("ca");

/** A raw stream, TCP or TLS, to a server of the library's on this machine. */
export function dialRaw(
  port: number,
  secure: boolean,
  mend?: (socket: net.Socket) => void,
): Promise<RawPeer> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true };
    const socket = secure ? tls.connect({ ...options, ca: authority }) : net.connect(options);
    socket.once(secure ? "secureConnect" : "connect", () => {
      mend?.(socket);
      resolve(new RawPeer(socket, true));
    });
    socket.once("error", reject);
  });
}

/** A raw server, TCP or TLS, for a client of the library's. */
export async function listenRaw(
  onPeer: (peer: RawPeer) => void,
  secure: boolean,
  mend?: (socket: net.Socket) => void,
): Promise<Listening> {
  const open = new Set<net.Socket>();
  const accept = (socket: net.Socket): void => {
    mend?.(socket);
    socket.setNoDelay(true);
    onPeer(new RawPeer(socket, false));
  };
  const server = secure
    ? tls.createServer({ ...certificate, allowHalfOpen: true }, accept)
    : net.createServer({ allowHalfOpen: true }, accept);
  // From the first: one that is left within its TLS handshake would hold the server, too.
  server.on("connection", (socket: net.Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return { url: `${secure ? "wss" : "ws"}://127.0.0.1:${port}/`, port, stop };
}
