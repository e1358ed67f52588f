import { equal, ok, within } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import { onPair, requestHead, responseHead, withRawServer, withServer } from "../../wire/line.ts";
import { Journal } from "../../journal.ts";
import { BINARY, CLOSE, encodeFrame, TEXT } from "../../wire/frames.ts";

/** How a connection comes to be, or does not. */
export const opening: readonly Behaviour[] = [
  {
    name: "opens at both ends",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        equal([client.socket.readyState, server.socket.readyState], [1, 1], "readyState");
        equal([client.socket.protocol, server.socket.protocol], ["", ""], "protocol");
      }),
  },
  {
    name: "agrees on the first subprotocol of the client's that the server speaks",
    run: (harness) =>
      withServer(
        harness,
        async (server, next) => {
          const client = await harness.connect(server.url, { protocols: ["unknown", "b", "a"] });
          equal(
            [client.protocol, (await (await next()).open()).socket.protocol],
            ["b", "b"],
            "protocol",
          );
          client.terminate();
        },
        undefined,
        { protocols: ["a", "b"] },
      ),
  },
  {
    name: "refuses with the status it was told, and the client says so",
    run: (harness) =>
      withServer(
        harness,
        async (server) => {
          const refused = await within(
            harness.connect(server.url).then(
              () => "opened",
              () => "refused",
            ),
            "the refusal",
          );
          equal(refused, "refused", "the client");
          const peer = await harness.dial(server.port);
          peer.write(requestHead());
          ok(/^HTTP\/1\.1 403 /.test((await peer.head()).startLine), "403 on the wire");
          await peer.whenEnded();
          peer.destroy();
        },
        undefined,
        { refuse: 403 },
      ),
  },
  {
    name: "fails to connect where nobody listens",
    run: async (harness) => {
      const gone = await harness.answer(() => {});
      await gone.stop();
      equal(
        await within(
          harness.connect(gone.url).then(
            () => "opened",
            () => "failed",
          ),
          "the failure",
        ),
        "failed",
        "the client",
      );
    },
  },
  {
    name: "takes an opening request that comes an octet at a time",
    run: (harness) =>
      withServer(harness, async (server, next) => {
        const peer = await harness.dial(server.port);
        for (const octet of requestHead()) peer.write(octet);
        ok((await peer.head()).startLine.startsWith("HTTP/1.1 101"), "101");
        await (await next()).open();
        peer.destroy();
      }),
  },
  {
    name: "loses no message that comes in one segment with the request",
    run: (harness) =>
      withServer(harness, async (server, next) => {
        const peer = await harness.dial(server.port);
        const head = new TextEncoder().encode(requestHead());
        const first = encodeFrame({ opcode: TEXT, payload: "early" }, true);
        peer.write(Uint8Array.of(...head, ...first));
        equal(await (await next()).message(), "early", "message");
        peer.destroy();
      }),
  },
  {
    name: "loses no message that comes in one segment with the response",
    run: (harness) =>
      withRawServer(harness, async (server, next) => {
        const connecting = harness.connect(server.url);
        const peer = await next();
        const response = new TextEncoder().encode(await responseHead(await peer.head()));
        const frames = [
          { opcode: TEXT, payload: "early" },
          { opcode: BINARY, payload: "also" },
          { opcode: CLOSE },
        ];
        peer.write(
          Uint8Array.of(...response, ...frames.flatMap((frame) => [...encodeFrame(frame, false)])),
        );
        const journal = new Journal(await within(connecting, "open"));
        equal(await journal.message(), "early", "first");
        equal(await journal.message(), new TextEncoder().encode("also"), "second");
        peer.end();
        equal((await journal.close()).code, 1005, "code");
      }),
  },
  {
    name: "gives up a server that does not answer the opening",
    run: (harness) =>
      withRawServer(harness, async (server, next) => {
        const outcome = harness.connect(server.url, { handshakeTimeout: 50 }).then(
          () => "opened",
          () => "gave up",
        );
        const peer = await next();
        equal(await within(outcome, "the client to give up"), "gave up", "the client");
        await peer.whenEnded();
        peer.destroy();
      }),
  },
  {
    name: "refuses an opening request whose head is too large",
    run: (harness) =>
      withServer(harness, async (server) => {
        const peer = await harness.dial(server.port);
        peer.write(requestHead({ "X-Large": "x".repeat(20_000) }));
        ok(/^HTTP\/1\.1 (400|431) /.test((await peer.head()).startLine), "400 or 431");
        await peer.whenEnded();
        peer.destroy();
      }),
  },
  {
    name: "gives up a server whose head is too large",
    run: (harness) =>
      withRawServer(harness, async (server, next) => {
        const outcome = harness.connect(server.url).then(
          () => "opened",
          () => "gave up",
        );
        const peer = await next();
        peer.write(await responseHead(await peer.head(), { "X-Large": "x".repeat(20_000) }));
        equal(await within(outcome, "the client to give up"), "gave up", "the client");
        await peer.whenEnded();
        peer.destroy();
      }),
  },
];
