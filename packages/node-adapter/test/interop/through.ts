/** Runs a proxy: our client on one side, our server on the other. */
import { connect } from "../../src/index.ts";
import { authority } from "./certificates.ts";
import { type Servers, startServers, until } from "./backends.ts";
import { converse, DROP_ME, type Opener, type Session } from "./conversation.ts";
import { readEvents } from "./events.ts";
import type { Proxy, Row } from "./peer.ts";

let number = 0;

/** Opens a socket through the proxy; `fellBack` is called where HTTP/2 was asked for, and HTTP/1.1 it became. */
async function openThrough(
  proxy: Proxy,
  url: string,
  servers: Servers,
  isHttp2: boolean,
  deflate: boolean,
  fellBack?: () => void,
): Promise<Session> {
  const name = `w${++number}`;
  const target = new URL(
    `/?n=${name}`,
    proxy.role === "proxy" ? url : `ws://127.0.0.1:${servers.h1}`,
  );
  const socket = await connect(target, {
    ca: authority,
    // As a page of the site would: whether the server finds it to be of the same origin is part of opening.
    origin: target.origin.replace(/^ws/, "http"),
    perMessageDeflate: deflate,
    ...(isHttp2 ? { http2: true } : {}),
    ...(proxy.role === "proxy" ? {} : { proxy: { origin: url } }),
  });
  if (isHttp2 && socket.statusCode === 101) fellBack?.();
  return {
    socket,
    closeSeen: (milliseconds) => until(() => servers.closes.get(name), milliseconds),
    isOurs: true,
  };
}

/** Whether a side hears within three seconds that the other has dropped the connection. */
async function whenGone(open: Opener): Promise<string> {
  const SOON = 3000;
  const leaving = await open(false);
  leaving.socket.terminate();
  const server = await leaving.closeSeen(SOON);
  const { socket } = await open(false);
  socket.send(DROP_ME);
  const client = await Promise.race([socket.closed, until(() => undefined, SOON)]);
  socket.terminate();
  const deaf = [
    ...(server === undefined ? ["server"] : []),
    ...(client === undefined ? ["client"] : []),
  ];
  return deaf.length === 0 ? "both notice" : `unnoticed by: ${deaf.join(", ")}`;
}

/** How long the proxy bears a socket on which nothing is said, up to `milliseconds`, and the codes that both ends see then. */
export async function idle(proxy: Proxy, milliseconds: number): Promise<string[]> {
  const servers = await startServers();
  const { url, program } = await proxy.start(servers);
  try {
    return await Promise.all(
      proxy.http.map(async (http) => {
        const { socket, closeSeen } = await openThrough(proxy, url, servers, http === "2", false);
        const begun = performance.now();
        await Promise.race([socket.closed, closeSeen(milliseconds)]);
        const seconds = Math.round((performance.now() - begun) / 1000);
        if (seconds * 1000 >= milliseconds) return `HTTP/${http}: still open after ${seconds} s`;
        const [there, here] = await Promise.all([
          closeSeen(5000),
          Promise.race([socket.closed.then(({ code }) => code), until(() => undefined, 5000)]),
        ]);
        return `HTTP/${http}: ended after ${seconds} s; the client sees ${here ?? "nothing"}, the server ${there ?? "nothing"}`;
      }),
    );
  } finally {
    await program.stop();
    await servers.stop();
  }
}

/** A row for each HTTP version that the proxy speaks in front. */
export async function runProxy(proxy: Proxy, isBrief = false): Promise<Row[]> {
  const servers = await startServers();
  try {
    const { url, program } = await proxy.start(servers);
    try {
      const rows: Row[] = [];
      for (const http of proxy.http) {
        const isHttp2 = http.startsWith("2");
        let fellBack = false;
        const open: Opener = (deflate) =>
          openThrough(proxy, url, servers, isHttp2, deflate, () => (fellBack = true));
        const cells = await converse(open);
        const events =
          proxy.role === "proxy"
            ? await readEvents(url, isHttp2 ? "2" : "1.1", servers, isBrief)
            : "–";
        const gone = cells.opens === "yes" && !isBrief ? await whenGone(open) : "–";
        rows.push({
          http,
          cells: { ...cells, ...(fellBack ? { opens: "by HTTP/1.1" } : {}), gone, events },
        });
      }
      return rows;
    } finally {
      await program.stop();
    }
  } finally {
    await servers.stop();
  }
}
