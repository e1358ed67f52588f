import { once } from "node:events";
import http2 from "node:http2";
import type { Duplex } from "node:stream";
import { RawPeer } from "@sansocket/core/testing";
import { authority } from "../fixtures/certificates.ts";

/** A session with a server of ours, its settings received. */
export async function sessionTo(
  url: string,
  options: http2.SecureClientSessionOptions = {},
): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(url.replace(/^ws/, "http"), { ca: authority, ...options });
  session.on("error", () => {});
  await once(session, "remoteSettings");
  return session;
}

/** A client's stream by hand. */
export interface OpenedStream {
  readonly stream: http2.ClientHttp2Stream;
  readonly peer: RawPeer;
  /** The answer's fields. */
  readonly answer: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;
}

/** Asks for a WebSocket by extended CONNECT; `changes` replaces fields, `undefined` removes one. */
export async function openStream(
  session: http2.ClientHttp2Session,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<OpenedStream> {
  const fields = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":path": "/",
    "sec-websocket-version": "13",
    ...changes,
  };
  const stream = session.request(
    Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined),
    ) as http2.OutgoingHttpHeaders,
    { endStream: false },
  );
  const response = once(stream, "response") as Promise<[OpenedStream["answer"]]>;
  const peer = new RawPeer(stream as Duplex, true);
  return { stream, peer, answer: (await response)[0] };
}

/** A whole answer by HTTP/2: its status, its body, and its fields. */
export async function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
): Promise<{ status: number | undefined; body: string; headers: http2.IncomingHttpHeaders }> {
  const stream = session.request(headers);
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [answer] = (await once(stream, "response")) as [OpenedStream["answer"]];
  stream.end();
  await once(stream, "close");
  return { status: answer[":status"], body: Buffer.concat(chunks).toString(), headers: answer };
}
