// Three processes, a broker and HAProxy, to look at: npm run fan-out, or npm run fan-out -- redis 8090
import { NAMES, startStage } from "./stage.mjs";

const [broker = "nats", port = "8080"] = process.argv.slice(2);
const stage = await startStage({ broker, port: Number(port) });
console.log(
  `Open ${stage.url} in several tabs. Type the name of a process to kill it with -9, and again to start it; Ctrl+C ends all.`,
);

const gone = new Set();
process.stdin.setEncoding("utf8").on("data", async (line) => {
  const name = line.trim();
  if (!NAMES.includes(name)) return console.log(`There are ${NAMES.join(", ")}.`);
  if (gone.delete(name)) await stage.startServer(name);
  else await stage.kill((gone.add(name), name));
  console.log(`${name} is ${gone.has(name) ? "dead" : "back"}.`);
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, async () => {
    await stage.stop();
    process.exit();
  });
