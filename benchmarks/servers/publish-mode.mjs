// The common part of all servers of the publish benchmark. Socket `?i=N` subscribes to `topic/N % TOPICS` and to `all`.
// A server reads commands, a line each, and answers each with a line of JSON:
//   topics N      N times publishes to every topic, one sweep a turn; `cpu` microseconds were spent
//   all N         N times publishes to `all`, one a turn
//   broadcast N   N times sends to every socket without topics, where the server has a way
//   more N        subscribes every socket to N topics more, of as many as there were
//   memory        collects garbage; `heapUsed`, `external` and `rss`, and how many sockets are `open`
import process from "node:process";
import { createInterface } from "node:readline";

export const TOPICS = Number(process.argv[2] ?? 1000);
export const topicsOf = (url) => {
  const at = Number(new URL(url, "http://here").searchParams.get("i"));
  return [`topic/${at % TOPICS}`, "all"];
};

const text = (at) =>
  `{"at":${at},"text":"An event of some hundred bytes, as a price or a line of chat would be, give or take."}`;
const turn = () =>
  new Promise((done) => {
    setImmediate(done);
  });

/** @param {{ port: number, sockets(): Iterable<any>, subscribe(socket: any, topic: string): void, publish(topic: string, data: string): void, broadcast?(data: string): void }} server */
export function answerFor({ port, sockets, subscribe, publish, broadcast }) {
  const names = Array.from({ length: TOPICS }, (_, at) => `topic/${at}`);
  const jobs = {
    topics: (data) => {
      for (const name of names) publish(name, data);
    },
    all: (data) => publish("all", data),
    broadcast,
  };

  async function send(kind, times) {
    const job = jobs[kind];
    if (job === undefined) return { cpu: null };
    const from = process.cpuUsage();
    for (let at = 0; at < times; at++) {
      job(text(at));
      await turn();
    }
    await turn();
    const { user, system } = process.cpuUsage(from);
    return { cpu: user + system };
  }

  async function memory() {
    for (let round = 0; round < 2; round++) {
      if (globalThis.Bun) globalThis.Bun.gc(true);
      else globalThis.gc();
      await new Promise((done) => {
        setTimeout(done, 300);
      });
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapUsed, external, rss, open: [...sockets()].length };
  }

  function more(count) {
    let at = 0;
    for (const socket of sockets())
      for (let one = 0; one < count; one++) subscribe(socket, `more/${at++ % TOPICS}/${one}`);
    return { subscriptions: at };
  }

  createInterface({ input: process.stdin }).on("line", async (line) => {
    const [command, count] = line.split(" ");
    const result =
      command === "memory"
        ? await memory()
        : command === "more"
          ? more(Number(count))
          : await send(command, Number(count));
    console.log(JSON.stringify(result));
  });
  console.log(JSON.stringify({ port }));
}
