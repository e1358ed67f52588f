// Times functions by this process's CPU time: the collector's and the compilers' threads count, other work on the machine does not.
import { median } from "./report.mjs";

let sink = 0;
/** Takes a result, so that no engine may drop the work that made it. */
export const keep = (value) => {
  sink = (sink + value) | 0;
};

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const turn = () =>
  new Promise((done) => {
    setImmediate(done);
  });

async function sample(job, calls) {
  const from = cpu();
  for (let i = 0; i < calls; i++) keep(job());
  const spent = cpu() - from;
  await turn();
  return spent / calls;
}

async function callsFor(job, ms) {
  for (let calls = 1; ;) {
    const spent = calls * (await sample(job, calls));
    if (spent >= ms * 500 || calls > 1e9)
      return Math.max(1, Math.round((calls * ms * 1000) / Math.max(spent, 1)));
    calls = spent < 1000 ? calls * 8 : Math.ceil(calls * Math.min(8, (ms * 600) / spent));
  }
}

/**
 * CPU microseconds a call, the median of `samples`. The jobs are sampled in turns, so that a slow spell of the
 * machine falls on all of them.
 * @param {(() => number)[]} jobs
 * @param {{ ms: number, samples?: number }} options `ms` of CPU time a sample
 */
export async function measure(jobs, { ms, samples = 5 }) {
  const calls = [];
  const times = jobs.map(() => []);
  for (const job of jobs) calls.push(await callsFor(job, ms));
  for (let i = 0; i < samples; i++) {
    for (const [j, job] of jobs.entries()) times[j].push(await sample(job, calls[j]));
  }
  return times.map(median);
}
