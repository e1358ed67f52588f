/** Prints each event of a stream, by a class with the browser's interface: `browserlike.mjs URL NAME`, of undici, of npm, or the runtime's own (`own`). */
const [url, name] = (globalThis.Deno?.args ?? process.argv.slice(2)).map(String);

async function classOf() {
  if (name === "own") return globalThis.EventSource;
  const module = await import(name);
  return module.EventSource ?? module.default?.EventSource ?? module.default;
}

const Source = await classOf();
const source = new Source(url);
const tell = ({ type, data, lastEventId }) =>
  console.log(JSON.stringify({ type, data, id: lastEventId }));
source.onmessage = tell;
source.addEventListener("news", tell);
setInterval(() => {}, 60_000);
