// h3, and what is built on it: its routes' hooks are those of crossws, which here stands on this library's API of `ws`.
import { createServer } from "node:http";
import { WebSocketServer } from "@sansocket/node-adapter/ws";
import { getWebSocketHooks } from "crossws";
import crossws from "crossws/adapters/node";
import { defineWebSocketHandler, H3, toNodeHandler } from "h3";

const app = new H3();
app.get("/", () => "An ordinary page\n");
app.get(
  "/chat",
  defineWebSocketHandler({
    upgrade(request) {
      const user = new URL(request.url).searchParams.get("name"); // a session, in earnest
      if (user === null) throw new Response("Who are you?\n", { status: 401 });
      // crossws leaves other sites' pages to the application.
      const origin = request.headers.get("origin");
      if (origin !== null && new URL(origin).host !== request.headers.get("host"))
        throw new Response("Not from there\n", { status: 403 });
      return { context: { user } };
    },
    open: (peer) => peer.send(`Welcome, ${peer.context.user}`),
    message: (peer, message) => peer.send(message.text()),
  }),
);

const sockets = crossws({
  wss: new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.has("chat") && "chat",
  }),
  resolve: async (request) => {
    const response = await app.fetch(request);
    const hooks = response.crossws ?? getWebSocketHooks(request);
    if (hooks === undefined) throw response; // no route of WebSockets: its answer
    return hooks;
  },
});
const server = createServer(toNodeHandler(app));
server.on("upgrade", (request, socket, head) => void sockets.handleUpgrade(request, socket, head));
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`h3: ws://127.0.0.1:${server.address().port}/chat?name=ann`);
});
