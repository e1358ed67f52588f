/**
 * `npm run simulate`: ten million sockets in 200 processes, at a hundredth of their number, and what that says of the whole; `-- 1000` for a thousandth.
 * Ends with 1 where a message was missed or came twice, or where a killed process was counted too long.
 */
import { cpus } from "node:os";
import { Random } from "../fuzz/random.ts";
import { simulate } from "./world.ts";

const scale = Number(process.argv[2] ?? 100);
const PROCESSES = 200;
const SECONDS = 24;
const INTERVAL = 2000;
const SOCKETS = 10_000_000;
const ROOMS = 200_000;

/** Resident bytes of an idle socket (`npm run bench`) and of a subscription (`npm run bench:publish`), on Node. */
const SOCKET = 3.3 * 1024;
const SUBSCRIPTION = 63;
/** Bytes of one count of another process's topic: an entry of a Map, whose text is shared. */
const COUNT = bytesOfCount();

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));

function bytesOfCount(): number {
  const names = Array.from({ length: 40_000 }, (_, at) => `room/${at}`);
  const { heapUsed } = process.memoryUsage();
  const maps = Array.from({ length: 20 }, () => new Map(names.map((name) => [name, 1])));
  globalThis.gc?.();
  return Math.max(1, process.memoryUsage().heapUsed - heapUsed) / (maps.length * names.length);
}

const plans = [
  ["to any process", PROCESSES],
  ["by room, to one of 10", 10],
  ["by room, to one", 1],
] as const;

const rows: string[][] = [
  ["subscriptions at the broker, of one process"],
  ["of all"],
  ["messages published, a second"],
  ["handed out by the broker, a second"],
  ["in megabytes a second"],
  ["processes that a message goes to"],
  ["reports of presence that one process gets, megabytes a second"],
  ["counts of other processes' topics that one process keeps"],
  ["memory of one process for its 50 000 sockets and their subscriptions, MiB"],
  ["and for those counts, MiB"],
  ["messages that were missed, or came twice"],
  ["all count right after a process was killed, seconds of virtual time"],
];
let isGood = true;
for (const [, spread] of plans) {
  const random = new Random(1);
  const seen = simulate({
    processes: PROCESSES,
    sockets: SOCKETS / scale,
    rooms: ROOMS / scale,
    spread,
    rate: 0.1,
    payload: 100,
    churn: 0.001,
    seconds: SECONDS,
    interval: INTERVAL,
    random: () => random.next(),
  });
  const whole = (value: number): number => (value * scale) / SECONDS;
  const wrong = Math.abs(seen.delivered - seen.expected) + seen.duplicates;
  isGood &&= wrong === 0 && seen.settled !== undefined && seen.settled <= 4 * INTERVAL;
  const cells = [
    number(seen.interestsOfOne * scale),
    number(seen.interests * scale),
    number(whole(seen.published)),
    number(whole(seen.outOfBroker)),
    number(whole(seen.outBytes) / 1e6),
    number(seen.outOfBroker / seen.published),
    number(
      (seen.countBytes * scale + seen.signBytes) /
        (SECONDS - (3 * INTERVAL) / 1000) /
        PROCESSES /
        1e6,
    ),
    number(seen.countsKept * scale),
    number(((SOCKETS / PROCESSES) * (SOCKET + SUBSCRIPTION)) / 2 ** 20),
    number((seen.countsKept * scale * COUNT) / 2 ** 20),
    String(wrong),
    seen.settled === undefined ? "never" : (seen.settled / 1000).toFixed(1),
  ];
  for (const [at, cell] of cells.entries()) rows[at]!.push(cell);
}

const [model] = cpus();
console.log(
  `Simulated at 1/${scale} with the tables of the library, in virtual time; ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${model?.model.trim()}\n`,
);
console.log(`| a client is given | ${plans.map(([name]) => name).join(" | ")} |`);
console.log(`|---|${plans.map(() => "---:|").join("")}`);
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
process.exitCode = isGood ? 0 : 1;
