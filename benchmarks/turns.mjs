// Servers under load, in turns; and at rest.
import { fileLimit, hold, load, startServer } from "./load.mjs";
import { median, ratios, short, table, times } from "./report.mjs";

/** Of a round in which a server ran for less than this many seconds, the scheduler's account says little: it is made anew. */
const LEAST_CPU = 0.02;

/** So many connections are open before memory is read the first time, so that what a process pays once is not counted. */
const FIRST = 400;

/**
 * Gives each part of a run, in order, a time to be done by, so that all are within `seconds`; no time at all where that is Infinity.
 * @param {number} seconds
 * @param {number[]} weights of the parts
 */
export function timetable(seconds, weights) {
  const end = Date.now() + seconds * 1000;
  const left = [...weights];
  return () => {
    const now = Date.now();
    const all = left.reduce((sum, weight) => sum + weight, 0);
    return now + (Math.max(0, end - now) * left.shift()) / all;
  };
}

/** @typedef {string | Record<string, string>} LoadArgs wsload's arguments: of all servers, or of each */

/** @param {LoadArgs} args @param {string} name of a server */
export const argsOf = (args, name) => (typeof args === "string" ? args : args[name]);

/**
 * Puts load on every server in every round, in an order that turns, so that none is always first. Returns wsload's rows by server, a row a round.
 * @param {Record<string, string[]>} commands the servers
 * @param {LoadArgs} args
 * @param {{ secs: number, rounds: number, until: number, warm?: number }} pace after three rounds it ends when the time is `until`; `warm` is the CPU time
 * to spend before counting
 * @throws {Error} when a server does not start or the load cannot connect, with what they say
 */
export async function inTurns(commands, args, { secs, rounds, until, warm = 0.8 }) {
  const names = Object.keys(commands);
  const rows = Object.fromEntries(names.map((name) => [name, []]));
  const up = {};
  try {
    await Promise.all(
      names.map(async (name) => {
        up[name] = await startServer(commands[name]);
      }),
    );
    for (const name of names) await warmUp(up[name], argsOf(args, name), Math.min(warm, 2 * secs));
    for (let round = 0; round < rounds && (round < 3 || Date.now() < until); round++) {
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + round) % names.length];
        rows[name].push(await oneRound(up[name], argsOf(args, name), secs));
      }
    }
  } catch (error) {
    throw new Error(
      `${error.message} ${Object.values(up)
        .map((server) => server.trouble())
        .join(" ")
        .slice(0, 600)}`,
      { cause: error },
    );
  } finally {
    for (const server of Object.values(up)) server.stop();
  }
  return rows;
}

async function oneRound(server, args, secs) {
  let row;
  for (let tries = 0; tries < 3; tries++) {
    row = await load(server, args, secs, Math.min(0.15, secs / 3));
    if (row.srv_cpu * row.secs >= Math.min(LEAST_CPU, secs / 10) || row.errors > 0) break;
  }
  return row;
}

/** Lets the compilers do their work: it is CPU time they need, of which a busy machine gives little in a second. */
async function warmUp(server, args, enough) {
  for (let turn = 0, spent = 0; turn < 5 && spent < enough; turn++) {
    const { srv_cpu: cpu, secs: wall } = await load(server, args, Math.min(0.8, enough), 0);
    spent += cpu * wall;
  }
}

export const errorsOf = (rows) => rows.reduce((sum, row) => sum + row.errors, 0);

/**
 * A table of {@link inTurns}' rows, with ratios to the servers `bases`, in turns and then the median; of the first also the least and the greatest.
 * @param {Record<string, { per_cpu_s: number }[]>} rows
 * @param {string[]} bases
 */
export function tableOf(rows, bases) {
  const known = bases.filter((base) => rows[base]);
  const cells = Object.keys(rows).map((server) => {
    const of = (key) => short(median(rows[server].map((row) => row[key])));
    const compared = known.flatMap((base, i) => {
      const all = ratios(rows[server], rows[base], "per_cpu_s");
      return [
        times(median(all)),
        ...(i ? [] : [`${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`]),
      ];
    });
    return [
      server,
      of("per_cpu_s"),
      of("srv_us"),
      of("srv_user_us"),
      ...compared,
      of("msgs_s"),
      of("load_cpu"),
      errorsOf(rows[server]),
    ];
  });
  const heads = known.flatMap((base, i) => [`× ${base}`, ...(i ? [] : ["rounds"])]);
  return table(
    [
      "server",
      "per CPU second",
      "CPU µs each",
      "of it user",
      ...heads,
      "per second",
      "load CPU",
      "errors",
    ],
    cells,
  );
}

/** Prints the heading of a table of idle connections; returns how many of those asked for can be opened here. */
export function idleHeading(scenario, title, asked) {
  const count = Math.min(asked, fileLimit() - FIRST - 200);
  console.log(`\n## ${scenario}: ${count} connections, ${title}, then garbage collected\n`);
  if (count < asked)
    console.log(
      `A process may open ${fileLimit()} files here, so ${count} connections instead of ${asked}; raise it with \`ulimit -n ${asked + FIRST + 200}\`.\n`,
    );
  return count;
}

/**
 * Heap and resident memory, in bytes, that each of `count` idle connections adds, after one message on each and a collection.
 * @param {string[]} command the server
 * @param {string} args wsload's: the message
 * @param {number} count
 */
export async function atRest(command, args, count) {
  const server = await startServer(command);
  const release = [];
  try {
    release.push(await hold(server, FIRST, FIRST, args));
    const before = await server.collect();
    release.push(await hold(server, count, before.open + count, args));
    const after = await server.collect();
    const each = (key) => (after[key] - before[key]) / (after.open - before.open);
    return {
      open: after.open,
      heap: each("heapUsed"),
      external: each("external"),
      rss: each("rss"),
    };
  } catch (error) {
    throw new Error(`${error.message} ${server.trouble().slice(0, 600)}`, { cause: error });
  } finally {
    for (const letGo of release) letGo();
    server.stop();
  }
}

export const kib = (rows, key) => (median(rows.map((row) => row[key])) / 1024).toFixed(2);
