// Next.js: a custom server, whose own WebSocket for development goes on at the same port. Its pages are in app/, as ever.
import { createServer } from "node:http";
import { reject, upgrade } from "@sansocket/node-adapter";
import next from "next";

const dev = process.env.NODE_ENV !== "production";
const app = next({ dev, dir: process.cwd(), hostname: "127.0.0.1" });
await app.prepare();
const [handle, handleUpgrade] = [app.getRequestHandler(), app.getUpgradeHandler()];

const server = createServer((request, response) => void handle(request, response));
server.on("upgrade", (request, socket, head) => {
  const { pathname } = new URL(request.url, "http://here");
  if (pathname.startsWith("/_next/")) return void handleUpgrade(request, socket, head);
  if (pathname !== "/chat") return reject(socket, { status: 404 }); // Next would leave it unanswered
  const opened = upgrade(request, socket, head, {
    protocols: ["chat"],
    upgrade: ({ url }) => {
      const user = url.searchParams.get("name"); // a session, in earnest
      return user === null ? { status: 401, body: "Who are you?" } : { context: { user } };
    },
  });
  opened.on("open", () => opened.send(`Welcome, ${opened.context.user}`));
  opened.on("message", ({ data }) => opened.send(data));
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`Next.js: ws://127.0.0.1:${server.address().port}/chat?name=ann`);
});
