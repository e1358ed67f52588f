import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { listenOnLoopback } from "../../demo/listening.mjs";

const servers: Server[] = [];
function server(): Server {
  const made = createServer();
  servers.push(made);
  return made;
}
afterEach(() => servers.splice(0).forEach((one) => one.close()));

describe("where the demo listens", () => {
  test("on the port that is asked for, on loopback only", async () => {
    const one = server();
    const port = await listenOnLoopback(one, 0);
    expect(one.address()).toMatchObject({ address: "127.0.0.1", port });
  });

  test("unasked, on the next port that is free", async () => {
    const ports = [
      await listenOnLoopback(server(), undefined),
      await listenOnLoopback(server(), undefined),
    ] as const;
    expect(ports[0]).toBeGreaterThanOrEqual(8080);
    expect(ports[1]).toBeGreaterThan(ports[0]);
  });

  test("a port that is taken is named, with what to do", async () => {
    const first = server();
    await listenOnLoopback(first, 0);
    const { port } = first.address() as AddressInfo;
    await expect(listenOnLoopback(server(), port)).rejects.toThrow(
      `Port ${port} is taken by another program. Choose another, or none to take the next free one: npm run demo -- --port ${port === 65_535 ? 9000 : port + 1}`,
    );
  });
});
