import { channel, eventSource, isEventSource } from "@sansocket/bun-adapter";

const clock = channel({ history: { size: 60 } });
let second = 0;
setInterval(() => clock.sendJSON({ second: ++second }, { event: "tick", id: second }), 1000);

const server = Bun.serve({
  port: Number(process.argv[2] ?? 8080),
  fetch(request) {
    if (!isEventSource(request))
      return new Response("Ask for text/event-stream\n", { status: 406 });
    const { response, source } = eventSource(request);
    clock.add(source);
    return response;
  },
});
console.log(`Listening on ${server.url}`);
