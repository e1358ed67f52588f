import assert from "node:assert/strict";
import { test } from "node:test";
import { createNetwork } from "@sansocket/core/testing";
import { Orders } from "./orders.mjs";

test("an order that was lost with its link is sent again", async () => {
  const network = createNetwork({ latency: 20 });
  const booked = [];
  const server = network.serve({
    websocket: {
      message(socket, order) {
        booked.push(order);
        socket.send(order);
      },
    },
  });
  await server.ready;
  const orders = new Orders(new network.ReconnectingClient(server.url));
  await network.advance(1000);
  orders.place("one");
  await network.advance(10); // half the way
  network.down();
  await network.advance(60_000);
  assert.deepEqual(booked, []);
  network.up();
  await network.advance(60_000);
  assert.deepEqual(booked, ["one"]);
  assert.equal(orders.unconfirmed.size, 0);
});
