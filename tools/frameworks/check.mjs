/** Starts the example of one framework, `node check.mjs NAME`, and talks to it: a socket, a page, and two that are refused. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { argv, execPath } from "node:process";
import { WebSocket } from "ws";

const name = String(argv[2]);
const file = name === "nitro" ? "nitro/.output/server/index.mjs" : `${name}.mjs`;
const program = spawn(execPath, [file, "0"], {
  stdio: ["ignore", "pipe", "inherit"],
  env: { ...process.env, PORT: "0" }, // of Nitro
});
process.on("exit", () => program.kill("SIGKILL"));

const url = await new Promise((resolve, reject) => {
  let output = "";
  program.stdout.on("data", (chunk) => {
    output += String(chunk);
    const found = /ws:\S+/.exec(output);
    if (found !== null) resolve(found[0]);
  });
  program.on("exit", (code) => {
    reject(new Error(`${name} ended with ${code}: ${output}`));
  });
});

/** @param {string} address */
const refusal = async (address, options = {}) => {
  const socket = new WebSocket(address, options);
  return String((await once(socket, "error"))[0]);
};

// NestJS says everything in its own form; the others plainly.
const isNest = name === "nestjs";
const client = new WebSocket(url, ["chess", "chat"]);
const [welcome] = await once(client, "message");
assert.equal(client.protocol, "chat");
assert.equal(String(welcome), isNest ? '{"event":"welcome","data":"ann"}' : "Welcome, ann");
client.send(isNest ? '{"event":"say","data":{"deep":[1,2]}}' : "Hello");
const [answer] = await once(client, "message");
assert.equal(String(answer), isNest ? '{"event":"said","data":{"deep":[1,2]}}' : "Hello");

const page = await fetch(url.replace(/^ws(.*)chat.*/, "http$1"));
assert.match(await page.text(), /An ordinary page/);
assert.match(await refusal(url.replace("?name=ann", "")), /401/);
assert.match(await refusal(url.replace("/chat", "/elsewhere")), /404/);
assert.match(await refusal(url, { origin: "https://elsewhere.example" }), /403/);

if (isNest) {
  const closed = once(client, "close");
  program.kill("SIGTERM");
  assert.equal((await closed)[0], 4001);
}
process.exit();
