import { EventSource } from "@sansocket/node-adapter";

const source = new EventSource.Client(process.argv[2] ?? "http://localhost:8080/", {
  headers: { "X-Token": "42" },
  backoff: 2,
  jitter: 0.5,
});
source.on("open", () => console.log("Connected"));
source.on("error", ({ message }) =>
  console.log(`${message}${source.readyState === source.CLOSED ? "" : "; connecting again"}`),
);

for await (const { type, data, lastEventId } of source) {
  console.log(`${type} ${lastEventId}: ${data}`);
  if (type === "goodbye") break;
}
