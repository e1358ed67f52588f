import http, { type IncomingMessage, type ServerResponse } from "node:http";
import http2, { type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";

/** A server of a test, ended when the test is. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Serves HTTP/1.1. */
export async function served(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Served> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/events?a=1`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Serves HTTP/2 without TLS. */
export async function served2(
  handle: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<Served> {
  const server = http2.createServer(handle);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
}

export const once = (
  emitter: { once(type: string, listener: (value: any) => void): unknown },
  type: string,
): Promise<any> => new Promise((resolve) => emitter.once(type, resolve));
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
