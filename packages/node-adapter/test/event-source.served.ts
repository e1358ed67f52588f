import http, { type IncomingMessage, type ServerResponse } from "node:http";
import http2, { type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import net from "node:net";

/** A server of a test, ended when the test is. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Serves HTTP/1.1. */
export async function served(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Served> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port, url: `http://127.0.0.1:${port}/events?a=1`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Serves HTTP/2 without TLS. */
export async function served2(handle: (request: Http2ServerRequest, response: Http2ServerResponse) => void): Promise<Served> {
  const server = http2.createServer(handle), sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port, url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      for (const session of sessions) session.destroy();
      server.close(() => resolve());
    }),
  };
}

/** Sends a request by hand, and reads to the end. */
export function exchange(port: number, head = "GET /events?a=1 HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n\r\n"): Promise<{ head: string; body: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    net.connect(port, "127.0.0.1").on("error", reject).setEncoding("utf8").on("data", (chunk: string) => { text += chunk; }).on("end", () => {
      const end = text.indexOf("\r\n\r\n");
      resolve({ head: text.slice(0, end), body: text.slice(end + 4) });
    }).write(head);
  });
}

export const once = (emitter: { once(type: string, listener: (value: any) => void): unknown }, type: string): Promise<any> => new Promise((resolve) => emitter.once(type, resolve));
export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
