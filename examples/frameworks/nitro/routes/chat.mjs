// A route of WebSockets.
import { defineWebSocketHandler } from "nitro/h3";

export default defineWebSocketHandler({
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
});
