import assert from "node:assert/strict";
import { once } from "node:events";
import type net from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import tls from "node:tls";
import { eventually } from "../../core/src/testing/assertion.ts";
import { authority, certificate } from "../../core/testing/harness/raw-streams.ts";
import { mend } from "../src/tls-reading.ts";

const SIZE = 32 * 1024 * 1024;

/** Runs `use` with the two ends of a TLS connection. */
async function withEnds(
  use: (accepted: tls.TLSSocket, dialled: tls.TLSSocket) => Promise<void>,
): Promise<void> {
  const server = tls.createServer(certificate);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const dialled = tls.connect({
    port: (server.address() as net.AddressInfo).port,
    host: "127.0.0.1",
    ca: authority,
  });
  const [accepted] = (await once(server, "secureConnection")) as [tls.TLSSocket];
  try {
    await use(
      accepted.on("error", () => {}),
      dialled.on("error", () => {}),
    );
  } finally {
    dialled.destroy();
    accepted.destroy();
    server.close();
  }
}

for (const side of ["server", "client"] as const) {
  test(
    `a paused TLS socket stops reading, and loses nothing: the ${side}'s`,
    { timeout: 60_000 },
    () =>
      withEnds(async (accepted, dialled) => {
        const [reader, writer] = side === "server" ? [accepted, dialled] : [dialled, accepted];
        let size = 0;
        mend(reader).on("data", (chunk: Buffer) => {
          size += chunk.length;
        });
        writer.write("x".repeat(1000));
        await eventually(() => size === 1000, "the first bytes");
        reader.pause();
        writer.write(Buffer.alloc(SIZE));
        await new Promise((resolve) => {
          setTimeout(resolve, 300);
        });
        assert.equal(size, 1000);
        assert.ok(writer.writableLength > 0, "the peer has been let write everything");
        assert.equal(reader.resume(), reader);
        await eventually(() => size === 1000 + SIZE, "all of it");
      }),
  );
}

test("is needed: Deno's own pause() lets the peer write all", { timeout: 60_000 }, () =>
  withEnds(async (accepted, dialled) => {
    accepted.on("data", () => {}).pause();
    dialled.write(Buffer.alloc(SIZE));
    await eventually(
      () => dialled.writableLength === 0,
      "Deno to take everything; if it does not any more, take tls-reading.ts out",
    );
  }),
);

test("other streams are left alone", () => {
  const stream = new PassThrough();
  const { pause, resume } = stream;
  assert.equal(mend(stream), stream);
  assert.deepEqual([stream.pause, stream.resume], [pause, resume]);
});

test("a socket over a stream of another kind, which has no handle to stop, can be paused", () => {
  const socket = mend(new tls.TLSSocket(new PassThrough()));
  assert.equal(socket.pause().resume(), socket);
  socket.destroy();
});
