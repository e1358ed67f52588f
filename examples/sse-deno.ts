import { channel, eventSource, isEventSource } from "@sansocket/deno-adapter";

const clock = channel({ history: { size: 60 } });
let second = 0;
setInterval(() => clock.sendJSON({ second: ++second }, { event: "tick", id: second }), 1000);

const onListen = ({ port }: Deno.NetAddr) => console.log(`Listening on http://localhost:${port}/`);
Deno.serve({ port: Number(Deno.args[0] ?? 8080), onListen }, (request) => {
  if (!isEventSource(request)) return new Response("Ask for text/event-stream\n", { status: 406 });
  const { response, source } = eventSource(request);
  clock.add(source);
  return response;
});
