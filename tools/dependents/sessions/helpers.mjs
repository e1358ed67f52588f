/** Functions for all sessions. A session is copied beside the packages it uses, and runs there. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";

export { assert, once };

/**
 * Listens on a port the system chooses.
 * @param {import("node:http").Server} server
 * @returns {Promise<number>} the port
 */
export async function listen(server = http.createServer()) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/**
 * Waits until `holds` does.
 * @param {() => unknown} holds
 * @param {string} what
 */
export async function until(holds, what) {
  for (let waited = 0; waited < 5000; waited += 10) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain: ${what}`);
}

/** @param {string} told */
export function done(told) {
  console.log(told);
  process.exit(0);
}
