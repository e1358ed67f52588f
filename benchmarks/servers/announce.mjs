// Reports of a server to the benchmark that started it, on any runtime: its port, as a line of JSON; and on SIGUSR2, once garbage is
// collected, its memory and how many sockets are open.
import process from "node:process";

function collectGarbage() {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else globalThis.gc();
}

/**
 * @param {number} port
 * @param {() => number | Promise<number>} open how many sockets are open
 */
export function announce(port, open) {
  process.on("SIGUSR2", () => {
    collectGarbage();
    collectGarbage();
    // Engines give pages back on another thread, a moment later.
    setTimeout(() => {
      void tell();
    }, 200);
  });
  const tell = async () => {
    console.log(JSON.stringify({ ...process.memoryUsage(), open: await open() }));
  };
  console.log(JSON.stringify({ port }));
}
