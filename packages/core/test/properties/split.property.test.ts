import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createClientConnection, createServerConnection } from "../../src/index.ts";
import { acceptKeyOf } from "../../src/handshake/accept-key.ts";
import type { Connection } from "../../src/connection/contract.ts";
import { cut, openingHead, utf8 } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { joinBytes, outcomeOf, Recorder } from "../../src/testing/recorder.ts";
import { concat } from "../../src/testing/wire/frames.ts";
import { printed, streamFrom, withCuts } from "../streams.ts";

/** An application that sends back what it hears: what goes out must not depend on the cuts either. */
class Echo extends Recorder {
  connection: Connection | undefined;

  override onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    super.onText(bytes, start, end, ascii);
    if (this.connection?.sendable) this.connection.sendTextBytes(bytes.slice(start, end));
  }

  override onBinary(bytes: Uint8Array, start: number, end: number): void {
    super.onBinary(bytes, start, end);
    if (this.connection?.sendable) this.connection.sendBinary(bytes.slice(), start, end);
  }

  override onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    super.onTextParts(parts, size, ascii);
    if (this.connection?.sendable) this.connection.sendTextBytes(joinBytes(parts));
  }

  override onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    super.onBinaryParts(parts, size);
    if (this.connection?.sendable)
      this.connection.sendParts(
        "binary",
        parts.map((part) => part.slice()),
        size,
      );
  }

  override onPong(bytes: Uint8Array, start: number, end: number): void {
    super.onPong(bytes, start, end);
    if (this.connection?.state === "open") this.connection.close(1000, "pong");
  }
}

type Deliver = (connection: Connection) => void;

function server(deliver: Deliver, ownsChunks: boolean): string[] {
  const actions = new Echo();
  const connection = createServerConnection(actions, createTestPlatform(), {
    ownsChunks,
    maxMessageSize: 20_000,
    maxFragments: 20,
  });
  actions.connection = connection;
  actions.onRequest = () => {
    connection.accept();
  };
  connection.expectRequest();
  deliver(connection);
  return printed(outcomeOf(actions.take()));
}

function client(deliver: Deliver, ownsChunks: boolean): string[] {
  const actions = new Echo();
  const options = { ownsChunks, maxMessageSize: 20_000, maxFragments: 20 };
  const connection = createClientConnection(
    actions,
    createTestPlatform(),
    { host: "localhost", target: "/" },
    options,
  );
  actions.connection = connection;
  connection.open();
  deliver(connection);
  return printed(outcomeOf(actions.take()));
}

/** The response to the request of {@link client}, whose key is foretold by the test platform. */
function responseHead(): Uint8Array {
  const actions = new Recorder();
  createClientConnection(actions, createTestPlatform(), { host: "localhost", target: "/" }).open();
  const key = /Sec-WebSocket-Key: (\S+)/i.exec(
    new TextDecoder().decode(outcomeOf(actions.take()).sent),
  )![1]!;
  return utf8(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKeyOf(key)}\r\n\r\n`,
  );
}

const pieces =
  (bytes: Uint8Array, cuts: readonly number[]): Deliver =>
  (connection) => {
    for (const piece of cut(bytes, cuts)) connection.receive(piece);
  };
const octets =
  (bytes: Uint8Array): Deliver =>
  (connection) => {
    for (let at = 0; at < bytes.length; at++) connection.receive(bytes.slice(), at, at + 1);
  };

describe.each([
  ["server", server, openingHead(), streamFrom("client")],
  ["client", client, responseHead(), streamFrom("server")],
] as const)("as %s", (_, run, head, stream) => {
  test.each([false, true])(
    "any cut of any stream gives the same actions; chunks ours: %s",
    (ownsChunks) => {
      fc.assert(
        fc.property(withCuts(stream.map((frames) => concat(head, frames))), ({ bytes, cuts }) => {
          const whole = run(pieces(bytes, []), ownsChunks);
          expect(run(pieces(bytes, cuts), ownsChunks)).toEqual(whole);
          expect(run(pieces(bytes, cuts), !ownsChunks)).toEqual(whole);
        }),
        { numRuns: 300 },
      );
    },
  );

  test("an octet at a time gives the same actions", () => {
    fc.assert(
      fc.property(
        stream.filter((frames) => frames.length < 3000),
        (frames) => {
          const bytes = concat(head, frames);
          expect(run(octets(bytes), false)).toEqual(run(pieces(bytes, []), false));
        },
      ),
      { numRuns: 80 },
    );
  });
});
