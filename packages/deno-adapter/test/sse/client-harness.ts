import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EventSourceClientHarness } from "@sansocket/core/testing";
import { EventSourceClient } from "../../src/api.ts";

/** This runtime's client, and servers of its `node:http`. */
export const harness: EventSourceClientHarness = {
  Client: EventSourceClient,
  fetch: (url, init) => fetch(url, init),
  serve: (answer, port = 0) =>
    new Promise((resolve, reject) => {
      const server = createServer(answer);
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        resolve({
          port: (server.address() as AddressInfo).port,
          stop: () =>
            new Promise((stopped) => {
              server.close(() => {
                stopped();
              });
              server.closeAllConnections();
            }),
        });
      });
    }),
};
