// The common part of both servers of event streams. Each is started as `node --expose-gc server.mjs` and opens a stream for each request.
// It reads commands, a line each, and answers each with a line of JSON:
//   broadcast N   sends N events to all, one a turn, and waits until they have left; `cpu` microseconds were spent
//   each N        sends N events to every stream by itself, likewise
//   memory        collects garbage; `process.memoryUsage()` and how many sockets are `open`
import { createServer } from "node:http";
import { createInterface } from "node:readline";

/** @param {{ accept(request: object, response: object): unknown, broadcast(value: object, id: string): void, each(value: object, id: string): void }} streams */
export function serveStreams({ accept, broadcast, each }) {
  const responses = new Set();
  const server = createServer((request, response) => {
    responses.add(response);
    response.once("close", () => responses.delete(response));
    void accept(request, response);
  });
  const turn = () =>
    new Promise((done) => {
      setImmediate(done);
    });
  const waits = () => {
    for (const response of responses) if (response.writableLength > 0) return true;
    return false;
  };

  async function send(one, count) {
    const from = process.cpuUsage();
    for (let at = 0; at < count; at++) {
      one(
        {
          at,
          text: "An event of some hundred bytes, as a price or a line of chat would be, give or take.",
        },
        String(at),
      );
      await turn();
    }
    const { user, system } = process.cpuUsage(from);
    while (waits()) await turn();
    return { cpu: user + system, sent: count * responses.size };
  }

  async function memory() {
    globalThis.gc();
    globalThis.gc();
    await new Promise((done) => {
      setTimeout(done, 300);
    }); // V8 gives pages back on another thread, a moment later
    return { ...process.memoryUsage(), open: responses.size };
  }

  createInterface({ input: process.stdin }).on("line", (line) => {
    const [command, count] = line.split(" ");
    const answer =
      command === "memory" ? memory() : send(command === "each" ? each : broadcast, Number(count));
    void answer.then((result) => console.log(JSON.stringify(result)));
  });
  server.listen(0, "127.0.0.1", 4096, () =>
    console.log(JSON.stringify({ port: server.address().port })),
  );
}
