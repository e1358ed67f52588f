/** A client and a server in memory, both recorded in one ring: what the tests of traces look at. */
import type { ClientConnection, ServerConnection } from "../../src/connection/contract.ts";
import type { Actions } from "../../src/actions.ts";
import type { Choice, ClientRequest, OpeningRequest } from "../../src/opening.ts";
import type { ConnectionOptions } from "../../src/options.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { joinBytes, Recorder } from "../../src/testing/recorder.ts";
import {
  recordClientConnection,
  recordServerConnection,
} from "../../src/trace/record/websocket.ts";
import { createTraceRing, type TraceRing, type TraceRingOptions } from "../../src/trace/ring.ts";

export interface RecordedPairOptions extends TraceRingOptions {
  readonly request?: Partial<ClientRequest>;
  readonly choice?: Choice;
  readonly connection?: Partial<ConnectionOptions>;
  /** How the server accepts. */
  readonly accept?: (server: ServerConnection) => void;
  /** Called with each message that the server receives. */
  readonly onText?: (server: ServerConnection, text: string) => void;
}

/** The text of a ring. */
export const textOf = (ring: TraceRing): string => Buffer.concat(ring.pieces()).toString();

/** Connects both, and gives back what carries bytes between them. */
export function recordedPair({
  request,
  choice,
  connection,
  accept = (server) => {
    server.accept(choice);
  },
  onText,
  ...ringOptions
}: RecordedPairOptions = {}): {
  readonly client: ClientConnection;
  readonly server: ServerConnection;
  readonly clientEnd: Recorder;
  readonly ring: TraceRing;
  readonly settle: () => void;
  readonly trace: () => string;
} {
  let time = 0;
  const ring = createTraceRing(ringOptions);
  const record = {
    sink: ring,
    context: {
      now: () => (time += 0.25),
      wallClock: () => 1_700_000_000_000,
      runtime: "test",
      library: "0",
    },
  };
  const wires: Record<"toServer" | "toClient", Uint8Array[]> = { toServer: [], toClient: [] };
  const clientEnd = new Recorder();
  const serverEnd = new Recorder();
  const carry = (end: Recorder, wire: Uint8Array[]): Actions => {
    const { write, writeMany } = end;
    end.write = (bytes) => {
      write.call(end, bytes);
      wire.push(bytes.slice());
    };
    end.writeMany = (pieces) => {
      writeMany.call(end, pieces);
      wire.push(joinBytes(pieces));
    };
    return end;
  };
  const client = recordClientConnection(
    carry(clientEnd, wires.toServer),
    createTestPlatform(),
    { host: "localhost", target: "/", ...request },
    connection,
    record,
  );
  const server: ServerConnection = recordServerConnection(
    carry(serverEnd, wires.toClient),
    createTestPlatform(),
    connection,
    record,
  );
  serverEnd.onRequest = (_: OpeningRequest) => {
    accept(server);
  };
  if (onText !== undefined)
    serverEnd.onText = (bytes, start, end) => {
      onText(server, new TextDecoder().decode(bytes.subarray(start, end)));
    };
  const settle = (): void => {
    while (wires.toServer.length > 0 || wires.toClient.length > 0) {
      for (const bytes of wires.toServer.splice(0)) server.receive(bytes);
      for (const bytes of wires.toClient.splice(0)) client.receive(bytes);
    }
  };
  server.expectRequest();
  client.open();
  settle();
  return { client, server, clientEnd, ring, settle, trace: () => textOf(ring) };
}
