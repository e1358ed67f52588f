// Measures the cost of a test: a network, a server, a client that comes back ten times, and 110 seconds of the network's clock.
import { createNetwork } from "@sansocket/core/testing";

/** Returns the milliseconds that it took by the wall clock. */
async function tenLosses() {
  const start = performance.now();
  const network = createNetwork({ latency: 20 });
  const server = network.serve({ websocket: {} });
  await server.ready;
  let opened = 0;
  new network.ReconnectingClient(server.url).on("open", () => opened++);
  for (let loss = 1; loss <= 10; loss++) {
    await network.advance(10_000);
    network.lose();
  }
  await network.advance(10_000);
  if (opened !== 11) throw new Error(`opened ${opened} times`);
  return performance.now() - start;
}

const first = await tenLosses();
const times = [];
for (let run = 0; run < 2000; run++) times.push(await tenLosses());
times.sort((a, b) => a - b);
const [best, tenth, median] = [0, 200, 1000].map((at) => times[at].toFixed(2));
console.log(
  `first: ${first.toFixed(1)} ms; then best ${best}, tenth ${tenth}, median ${median} ms`,
);

// So much of it is the event loop's: after each of its 85 events the network lets all promises run.
const loops = performance.now();
for (let turn = 0; turn < 8500; turn++) await new Promise((resolve) => setImmediate(resolve));
console.log(
  `85 empty turns of the event loop: ${((performance.now() - loops) / 100).toFixed(2)} ms`,
);
