/** A `fetch` for event streams with options for TLS and a proxy, which Node's own lacks. */
import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";

/** How many redirects are followed: as many as `fetch` does. */
const MOST_REDIRECTS = 20;

/** Makes such a `fetch`. It follows redirects, and sends no `Authorization` and no cookies to another origin. */
export function fetchBy(
  tls: ConnectionOptions | undefined,
  proxy: string | undefined,
): (url: string, init: RequestInit) => Promise<Response> {
  const agent =
    proxy === undefined ? undefined : new HttpsProxyAgent(proxy, { rejectUnauthorized: true });
  const get = (url: URL, headers: Headers, init: RequestInit): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { request } = url.protocol === "https:" ? https : http;
      request(url, {
        headers: Object.fromEntries(headers),
        ...(init.signal instanceof AbortSignal && { signal: init.signal }),
        ...(agent === undefined ? {} : { agent }),
        ...tls,
      })
        .on("response", resolve)
        .on("error", reject)
        .end();
    });
  return async (text, init) => {
    const headers = new Headers(init.headers);
    let url = new URL(text);
    for (let hops = 0; ; hops++) {
      const answer = await get(url, headers, init);
      const { statusCode = 0, headers: fields } = answer;
      const isRedirect = [301, 302, 303, 307, 308].includes(statusCode);
      if (!isRedirect || fields.location === undefined) return responseOf(answer, url);
      answer.destroy();
      if (hops === MOST_REDIRECTS) throw new TypeError(`more than ${MOST_REDIRECTS} redirects`);
      const next = new URL(fields.location, url);
      if (next.origin !== url.origin) {
        headers.delete("authorization");
        headers.delete("cookie");
      }
      url = next;
    }
  };
}

function responseOf(answer: http.IncomingMessage, url: URL): Response {
  const { statusCode = 0 } = answer;
  const isEmpty = statusCode === 204 || statusCode === 205 || statusCode === 304;
  const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
  const response = new Response(body, { status: statusCode });
  const type = answer.headers["content-type"];
  response.headers.delete("content-type");
  if (type !== undefined) response.headers.set("content-type", type);
  return Object.defineProperty(response, "url", { value: url.href });
}
