/**
 * Kills a process with -9 while many chat, and compares what each of them heard: npm run fan-out:prove
 *
 *   --broker nats,redis   which brokers
 *   --runs 20             of each
 *   --clients 300         who chat
 *   --messages 6          that each says, one a second
 *   --pace 1000           milliseconds between two of them
 *   --away 0              instead of killing a process, stops the broker for so many seconds
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Chatter } from "./chatter.mjs";
import { NAMES, startStage } from "./stage.mjs";

const { values } = parseArgs({
  options: {
    broker: { type: "string", default: "nats,redis" },
    runs: { type: "string", default: "20" },
    clients: { type: "string", default: "300" },
    messages: { type: "string", default: "6" },
    pace: { type: "string", default: "1000" },
    away: { type: "string", default: "0" },
  },
});
const [runs, clients, messages, pace, away] = ["runs", "clients", "messages", "pace", "away"].map(
  (name) => Number(values[name]),
);
const MOST = 60_000; // so long without any progress, in milliseconds, is a failure

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until something is so, as long as what is said of it changes. @throws {Error} that says what was not so */
async function until(what, isSo) {
  let [since, last] = [Date.now(), what()];
  while (!(await isSo())) {
    await sleep(50);
    const now = what();
    if (now !== last) [since, last] = [Date.now(), now];
    else if (Date.now() > since + MOST) throw new Error(`for ${MOST / 1000} s: ${now}`);
  }
}

/** All who chat in a room of this run, each subscribed. */
async function gather(stage, run) {
  const url = stage.url.replace("http", "ws");
  const room = `run-${run}`;
  const all = Array.from({ length: clients }, (_, at) => new Chatter(url, `c${at}`, room));
  const host = new Chatter(url, "host", room);
  await until(
    () => `${all.filter((one) => !one.hasBegun).length} have not heard the host`,
    async () => {
      host.say("begin");
      await sleep(150);
      return all.every((one) => one.hasBegun);
    },
  );
  await until(
    () => "the host has not heard itself",
    () => host.unheard.length === 0,
  );
  return { all, host };
}

/** Everybody says what they have to say, not all at once. */
async function chat(all) {
  await Promise.all(
    all.map(async (one) => {
      await sleep(Math.random() * pace);
      for (let at = 0; at < messages; at++) {
        one.say(`${at}`);
        await sleep(pace);
      }
    }),
  );
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;
const sum = (all, name) => all.reduce((total, one) => total + one[name], 0);
const heardBy = (all) => all.reduce((total, one) => total + one.log.length, 0);

/** How many each of some processes counts in a room; `NaN` where one does not answer. */
const countsOf = (stage, names, room) =>
  Promise.all(
    names.map(async (name) => {
      const url = `http://127.0.0.1:${stage.ports[name]}/count?topic=room/${room}`;
      const headers = { Connection: "close" };
      const text = await fetch(url, { headers }).then(
        (response) => response.text(),
        () => "?",
      );
      return Number(text);
    }),
  );

async function killOne(stage, run) {
  const { all, host } = await gather(stage, run);
  const victim = NAMES[run % NAMES.length];
  const others = NAMES.filter((name) => name !== victim);
  const chatting = chat(all);
  await sleep(messages * pace * (0.2 + 0.5 * Math.random()));
  const before = sum(all, "returns");
  await stage.kill(victim);
  const killed = Date.now();
  await until(
    () => "nobody has lost a connection",
    () => all.some((one) => !one.isHere),
  );
  // All clients are back, and the remaining processes agree on their number.
  let counts = [];
  let back = 0;
  await until(
    () =>
      `${others.join(" and ")} count ${counts.join(" and ")} of ${clients + 1}, and ${all.filter((one) => !one.isHere).length} are not back`,
    async () => {
      if (back === 0 && [...all, host].every((one) => one.isHere)) back = Date.now();
      counts = await countsOf(stage, others, `run-${run}`);
      return back > 0 && counts.every((count) => count === clients + 1);
    },
  );
  const counted = Date.now();
  await stage.startServer(victim);
  await chatting;
  const total = clients * messages;
  await until(
    () =>
      `${all.filter((one) => one.log.length < total).length} have not heard all, ${heardBy(all)} of ${total * clients}`,
    () => all.every((one) => one.log.length >= total),
  );
  const moved = sum(all, "returns") - before;
  const result = judge(all, total);
  for (const one of [...all, host]) one.leave();
  console.log(
    `  run ${run + 1}: killed ${victim}, ${moved} came back elsewhere, the last after ${seconds(back - killed)}; all counted right ${seconds(counted - Math.max(back, killed))} later; ` +
      `${result.right} of ${clients} logs have all ${total} messages once and in one order; ${sum(all, "repeated")} said again, ${sum(all, "again") / clients} of them heard twice and dropped`,
  );
  for (const problem of result.problems.slice(0, 5)) console.log(`    ${problem}`);
  return result.problems.length === 0 && moved > 0;
}

/** Compares every log with what was said, and with the others. */
function judge(all, total) {
  const problems = [];
  const [first] = all;
  for (const one of all) {
    const isSame = one.log.every((line, at) => line === first.log[at]);
    const isWhole =
      one.log.length === total && new Set(one.log).size === total && isRising(one.log);
    if (isSame && isWhole && one.gaps === 0 && one.resets === 0) continue;
    problems.push(
      `${one.name}: ${one.log.length} messages, ${new Set(one.log).size} different, ${one.gaps} gaps, ${one.resets} resets${isSame ? "" : `, another order than ${first.name}`}`,
    );
  }
  return { right: all.length - problems.length, problems };
}

/** Whether each's messages are in the order of their numbers, none left out. */
function isRising(log) {
  const last = new Map();
  return log.every((line) => {
    const [name, number] = line.split(" ");
    const isNext = Number(number) === (last.get(name) ?? 0) + 1;
    last.set(name, Number(number));
    return isNext;
  });
}

/** The broker is away: what is said meanwhile reaches those of the same process. */
async function stopTheBroker(stage, run) {
  const { all, host } = await gather(stage, run);
  const said = () => sum(all, "number");
  const heard = () => heardBy(all);
  let isOver = false;
  const chatting = (async () => {
    while (!isOver) {
      for (const one of all) one.say("x");
      await sleep(pace);
    }
  })();
  await sleep(2 * pace);
  const returns = sum(all, "returns");
  await stage.stopBroker();
  const [saidBefore, heardBefore] = [said(), heard()];
  await sleep(away * 1000);
  const [saidAway, heardAway] = [said() - saidBefore, heard() - heardBefore];
  const stillHere = all.filter((one) => one.isHere).length;
  await stage.startBroker();
  const back = Date.now();
  // Joined again when what one says reaches all.
  const probe = all[0];
  const since = probe.number;
  await until(
    () =>
      `what ${probe.name} says reaches ${all.filter((one) => (one.last.get(probe.name) ?? 0) > since).length}; ${all.filter((one) => one.isHere).length} are here, ${said()} were said`,
    () => all.every((one) => (one.last.get(probe.name) ?? 0) > since),
  );
  const joined = Date.now() - back;
  isOver = true;
  await chatting;
  await until(
    () => "not all have heard the last of each",
    () => all.every((one) => all.every((other) => one.last.get(other.name) === other.number)),
  );
  const missing = all.reduce((total, one) => total + said() - one.log.length, 0);
  const outOfOrder = all.filter((one) => new Set(one.log).size !== one.log.length).length;
  console.log(
    `  broker away for ${away} s: ${stillHere} of ${clients} stayed connected, ${sum(all, "returns") - returns} came back; ${saidAway} messages were said, and ${(heardAway / saidAway).toFixed(1)} of ${clients} heard one at the time; ` +
      `${(joined / 1000).toFixed(1)} s after its return what is said reached all; in the end each log lacks ${(missing / clients).toFixed(0)} of ${said()} messages; ${sum(all, "resets")} resets, ${outOfOrder} logs with a message twice`,
  );
  for (const one of [...all, host]) one.leave();
  return outOfOrder === 0 && stillHere === clients;
}

async function prove(broker) {
  console.log(`${broker}: ${clients} clients, 3 processes behind HAProxy`);
  const stage = await startStage({ broker });
  let good = 0;
  try {
    for (let run = 0; run < runs; run++)
      if (await (away > 0 ? stopTheBroker : killOne)(stage, run)) good++;
  } finally {
    await stage.stop();
  }
  console.log(`${broker}: ${good} of ${runs} runs as they should be`);
  return good === runs;
}

console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`,
);
for (const broker of values.broker.split(",")) if (!(await prove(broker))) process.exitCode = 1;
