// Nitro: the entry of its server. Routes keep the hooks of crossws, which here stands on this library's API of `ws`.
import { createServer } from "node:http";
import { WebSocketServer } from "@sansocket/node-adapter/ws";
import crossws from "crossws/adapters/node";
import { useNitroApp } from "nitro/app";
import { toNodeHandler } from "nitro/h3";

const app = useNitroApp();
const sockets = crossws({
  wss: new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.has("chat") && "chat",
  }),
  resolve: async (request) => {
    const response = await app.fetch(request);
    if (response.crossws === undefined) throw response; // no route of WebSockets: its answer
    return response.crossws;
  },
});
const server = createServer(toNodeHandler(app));
server.on("upgrade", (request, socket, head) => void sockets.handleUpgrade(request, socket, head));
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`Nitro: ws://127.0.0.1:${server.address().port}/chat?name=ann`);
});
