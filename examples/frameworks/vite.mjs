// Vite: a plugin for its development server, whose own WebSocket goes on at the same port.
import { reject, upgrade } from "@sansocket/node-adapter";
import { createServer } from "vite";

/** @param open called with each socket at `path` */
export const websockets = (path, options, open) => ({
  name: "websockets",
  configureServer({ httpServer }) {
    httpServer.on("upgrade", (request, socket, head) => {
      // Vite answers what speaks vite-hmr, and leaves the rest alone.
      if (request.headers["sec-websocket-protocol"]?.startsWith("vite-")) return;
      const { pathname } = new URL(request.url, "http://here");
      if (pathname === path) open(upgrade(request, socket, head, options));
      else reject(socket, { status: 404 });
    });
  },
});

const server = await createServer({
  configFile: false,
  logLevel: "silent",
  appType: "custom",
  server: { port: Number(process.argv[2] ?? 8080), host: "127.0.0.1" },
  plugins: [
    {
      name: "page",
      configureServer: ({ middlewares }) =>
        void middlewares.use("/", (request, response, next) => {
          if (request.originalUrl === "/") response.end("An ordinary page\n");
          else next();
        }),
    },
    websockets(
      "/chat",
      {
        protocols: ["chat"],
        upgrade: ({ url }) => {
          const user = url.searchParams.get("name"); // a session, in earnest
          return user === null ? { status: 401, body: "Who are you?" } : { context: { user } };
        },
      },
      (socket) => {
        socket.on("open", () => socket.send(`Welcome, ${socket.context.user}`));
        socket.on("message", ({ data }) => socket.send(data));
      },
    ),
  ],
});
await server.listen();
console.log(`Vite: ws://127.0.0.1:${server.httpServer.address().port}/chat?name=ann`);
