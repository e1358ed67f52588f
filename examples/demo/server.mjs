import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { describeLifecycle } from "@sansocket/core/testing";
import { upgrade } from "@sansocket/node-adapter";
import { HOST, listenOnLoopback } from "./listening.mjs";
import { Room } from "./room.mjs";
import { Session } from "./session.mjs";
import { Ticks } from "./ticks.mjs";
import { viewerOf } from "./viewer.mjs";

const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};
/** The viewer's page of a session, whose number no other page can guess. */
const VIEW = /^\/(viewer)\/([\w-]+)\/(.*)$/;
const PAGE = /^\/(?:[a-z]+\.(?:css|js))?$/;

/** Serves the page, its two WebSockets and its event stream on loopback. Returns the address and how to stop. */
export async function startDemo(port, { tickEvery = 1000, retry = 2 } = {}) {
  const room = new Room();
  const ticks = new Ticks(tickEvery, retry);
  const sessions = new Map();
  const sockets = new Set();
  const server = createServer((request, response) => {
    const [pathname, query] = request.url.split("?");
    const [, view, id, path] = VIEW.exec(pathname) ?? [];
    const session = sessions.get(id ?? new URLSearchParams(query).get("session"));
    if (view === undefined && pathname !== "/ticks") return void servePage(request, response);
    if (!isOurs(request) || session === undefined) return void response.writeHead(404).end();
    if (view !== undefined) return session.viewer.page(request, response, path);
    session.stream = ticks.open(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    const [pathname, query] = request.url.split("?");
    const session = sessions.get(new URLSearchParams(query).get("session"));
    if (!isOurs(request)) return refuse(socket, "403 Forbidden");
    if (pathname === "/observer") return openChannel(upgrade(request, socket, head), sessions);
    if (pathname !== "/room" || session === undefined) return refuse(socket, "404 Not Found");
    session.socket = upgrade(request, socket, head, {
      record: session.viewer.record,
      observer: session.observe(`${request.method} /room HTTP/${request.httpVersion}`),
    });
    room.join(session.socket);
  });
  const url = `http://${HOST}:${await listenOnLoopback(server, port)}/`;
  return {
    url,
    stop() {
      ticks.stop();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The observer channel: what happened goes out, what the buttons ask of the server comes in. */
function openChannel(channel, sessions) {
  const session = new Session(channel, viewerOf());
  sessions.set(session.id, session);
  channel.addEventListener("open", () =>
    session.tell({ type: "session", id: session.id, lifecycle: describeLifecycle("server") }),
  );
  channel.addEventListener("message", ({ data }) => session.receive(data));
  channel.addEventListener("close", () => {
    sessions.delete(session.id);
    session.end();
  });
}

async function servePage(request, response) {
  const [pathname] = request.url.split("?");
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  try {
    if (!PAGE.test(pathname)) throw new Error("no such page");
    const body = await readFile(new URL(`page/${name}`, import.meta.url));
    response
      .writeHead(200, {
        "Content-Type": TYPES[name.split(".").at(-1)],
        "Cache-Control": "no-store",
        "Content-Security-Policy":
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; frame-src 'self'; img-src data:",
      })
      .end(body);
  } catch {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("Not found\n");
  }
}

/** Browsers say where a page came from: another site's page must not reach into this one. */
function isOurs({ headers }) {
  return headers.origin === undefined || headers.origin === `http://${headers.host}`;
}

function refuse(socket, status) {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
