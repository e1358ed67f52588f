import { expect, test } from "vitest";
import { createNetwork } from "@sansocket/core/testing";
import { Orders } from "./orders.mjs";

test("ten losses of the link lose no order", async () => {
  const network = createNetwork({ latency: 20 });
  const booked = new Set();
  const server = network.serve({
    websocket: {
      message(socket, order) {
        booked.add(order);
        socket.send(order);
      },
    },
  });
  await server.ready;
  const orders = new Orders(new network.ReconnectingClient(server.url));
  for (let loss = 1; loss <= 10; loss++) {
    await network.advance(10_000); // by now it is connected again
    orders.place(`order ${loss}`);
    await network.advance(30); // the order has come, its confirmation is on its way
    network.lose();
  }
  await network.advance(10_000);
  expect(booked.size).toBe(10);
  expect(orders.unconfirmed.size).toBe(0);
});
