// Hono: `upgradeWebSocket` for its routes, behind their middleware; on Node, Deno and Bun.
import { serve } from "@sansocket/node-adapter";
import { Hono } from "hono";
import { createWSMessageEvent, defineWebSocketHelper, WSContext } from "hono/ws";

export const upgradeWebSocket = defineWebSocketHelper((context, events) => {
  const { opening } = context.env;
  if (opening === undefined) return; // an ordinary request
  opening.events = events;
  return new Response(null);
});

/** The handlers for `serve` that let `app` answer each opening: by a response that refuses it, or `upgradeWebSocket`. */
export function websocketOf(app) {
  return {
    async upgrade({ url, headers }) {
      const opening = { events: undefined };
      const address = url.href.replace(/^ws/, "http");
      const response = await app.fetch(new Request(address, { headers: [...headers] }), {
        opening,
      });
      if (opening.events === undefined) return response;
      return { context: opening.events };
    },
    open: (socket) => socket.context.onOpen?.(new Event("open"), wrap(socket)),
    message: (socket, data) => socket.context.onMessage?.(createWSMessageEvent(data), wrap(socket)),
    close: (socket, code, reason) =>
      socket.context.onClose?.(Object.assign(new Event("close"), { code, reason }), wrap(socket)),
    error: (socket) => socket.context.onError?.(new Event("error"), wrap(socket)),
  };
}

const wrap = (socket) =>
  new WSContext({
    raw: socket,
    url: socket.url,
    protocol: socket.protocol,
    readyState: socket.readyState,
    send: (data, { compress }) => socket.send(data, { compress }),
    close: (code, reason) => socket.close(code, reason),
  });

const app = new Hono();
app.use("/chat", async (context, next) => {
  const user = context.req.query("name"); // a session, in earnest
  if (user === undefined) return context.text("Who are you?\n", 401);
  context.set("user", user);
  await next();
});
app.get("/", (context) => context.text("An ordinary page\n"));
app.get(
  "/chat",
  upgradeWebSocket((context) => ({
    onOpen: (_event, socket) => socket.send(`Welcome, ${context.get("user")}`),
    onMessage: ({ data }, socket) => socket.send(data),
  })),
  (context) => context.text("Speak WebSocket here\n", 426),
);

const server = serve({
  port: Number(process.argv[2] ?? 8080),
  hostname: "127.0.0.1",
  protocols: ["chat"],
  fetch: (request) => app.fetch(request, {}),
  websocket: websocketOf(app),
});
await server.ready;
console.log(`Hono: ${server.url}chat?name=ann`);
