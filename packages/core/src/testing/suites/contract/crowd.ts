import { equal, eventually, pass, within } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import { echo, Journal } from "../../journal.ts";
import { onServer, requestHead, withServer } from "../../wire/line.ts";
import { CLOSE, PING, TEXT } from "../../wire/frames.ts";

const BATCH = 50;

/** Many at once, and nothing left of them. */
export const crowd: readonly Behaviour[] = [
  {
    name: "holds many connections at once, each with its own messages",
    run: (harness) =>
      withServer(
        harness,
        async (server) => {
          const clients: Journal[] = [];
          while (clients.length < harness.many) {
            const batch = Array.from(
              { length: Math.min(BATCH, harness.many - clients.length) },
              () => harness.connect(server.url),
            );
            clients.push(
              ...(await within(Promise.all(batch), "a batch of connections", 30_000)).map(
                (socket) => new Journal(socket),
              ),
            );
          }
          clients.forEach(({ socket }, number) => socket.send(`I am ${number}`));
          for (const [number, client] of clients.entries())
            equal(await client.message(), `I am ${number}`, "the echo");
          for (const { socket } of clients) socket.close(1000);
          for (const client of clients) equal((await client.close()).code, 1000, "code");
        },
        echo,
      ),
  },
  {
    name: "leaves no socket and no timer behind, however a connection ends",
    run: async (harness) => {
      if (!harness.held) return;
      await pass(20);
      const before = harness.held();
      for (const ending of ["close", "terminate", "reset", "end", "violation", "ping"] as const) {
        await onServer(
          harness,
          async ({ peer, journal }) => {
            if (ending === "close") journal.socket.close(1000);
            if (ending === "terminate") journal.socket.terminate();
            if (ending === "reset") peer.reset();
            if (ending === "end") peer.end();
            if (ending === "violation") peer.send({ opcode: TEXT, rsv: 7 });
            if (ending === "ping") peer.send({ opcode: PING }, { opcode: CLOSE });
            await journal.close(`close after ${ending}`);
          },
          undefined,
          { closeTimeout: 100, pingInterval: 5000 },
        );
      }
      await withServer(harness, async (server) => {
        const peer = await harness.dial(server.port);
        peer.write(requestHead({ "Sec-WebSocket-Key": "too short" }));
        await peer.whenEnded();
        peer.destroy();
        const socket = await harness.connect(server.url, { pingInterval: 5000 });
        socket.close(1000);
        await new Journal(socket).close();
      });
      await eventually(
        () => harness.held!() <= before,
        `no more than the ${before} things held before`,
      );
    },
  },
];
