import { createServer } from "node:http";
import { channel, EventSource } from "@sansocket/node-adapter";

// A clock for many browsers. One that loses the connection gets the events it missed: it sends `Last-Event-ID` by itself.
const clock = channel({ history: { size: 60 } });
let seconds = 0;
setInterval(
  () => {
    seconds++;
    clock.sendJSON({ seconds, readers: clock.size }, { event: "tick", id: seconds });
  },
  Number(process.argv[3] ?? 1000),
);

const page = `<!doctype html><title>Clock</title><output>Waiting</output><script>
new EventSource("/").addEventListener("tick", ({ data }) => { document.querySelector("output").value = data; });
</script>`;

const server = createServer((request, response) => {
  if (EventSource.isEventSource(request))
    clock.add(new EventSource(request, response, { retry: 1 }));
  else response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
});
server.listen(Number(process.argv[2] ?? 8080), () =>
  console.log(`The time is at http://localhost:${server.address().port}/`),
);
