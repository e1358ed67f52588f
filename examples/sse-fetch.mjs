import { eventSource, serve } from "@sansocket/node-adapter";

// With `Deno.serve` or `Bun.serve` and that runtime's adapter, this handler is the same.
const server = serve({
  port: Number(process.argv[2] ?? 8080),
  fetch(request) {
    const { response, source } = eventSource(request);
    void source.sendAll(words(source.signal)).then(() => source.end("done"));
    return response;
  },
  websocket: {},
});
await server.ready;
console.log(`Telling a story at ${server.url.replace("ws", "http")}`);

/** Stops as soon as the client leaves. The signal can stop other sources too, such as the `fetch` of a language model. */
async function* words(signal) {
  for (const data of "Once upon a time there was a stream".split(" ")) {
    if (signal.aborted) return console.log("The reader has left");
    yield { data, event: "word" };
    await new Promise((resolve) => setTimeout(resolve, Number(process.argv[3] ?? 200)));
  }
}
