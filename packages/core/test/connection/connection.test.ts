/** When the commands that send make sense, and what they throw when they do not. */
import { describe, expect, test } from "vitest";
import type {
  ClientConnection,
  Connection,
  OpenConnection,
  ServerConnection,
} from "../../src/connection/contract.ts";
import { prepare } from "../../src/connection/send/prepared.ts";
import { masked, utf8 } from "../../src/testing/wire/bytes.ts";
import { createClientConnection } from "../../src/connection/client.ts";
import { HeaderList } from "../../src/http/headers.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { Recorder } from "../../src/testing/recorder.ts";
import { UsageError } from "../../src/violation.ts";
import { draftServer } from "./extended.ts";
import { decidingServer, openServer } from "./story.ts";

const bytes = utf8("x");
const commands: [name: string, send: (connection: Connection) => unknown][] = [
  ["sendText", (connection) => connection.sendText("x")],
  ["sendTextBytes", (connection) => connection.sendTextBytes(bytes)],
  ["sendBinary", (connection) => connection.sendBinary(bytes)],
  ["sendParts", (connection) => connection.sendParts("binary", [bytes], 1)],
  ["sendPrepared", (connection) => connection.sendPrepared(prepare(bytes))],
  [
    "sendFragment",
    (connection) => {
      connection.sendFragment("binary", bytes, 0, 1, true);
    },
  ],
  [
    "sendFrames",
    (connection) => {
      connection.sendFrames([masked(9, "x")]);
    },
  ],
  [
    "notify",
    (connection) => {
      connection.notify(1);
    },
  ],
  [
    "ping",
    (connection) => {
      connection.ping();
    },
  ],
  [
    "pong",
    (connection) => {
      connection.pong();
    },
  ],
];

describe.each(commands)("%s", (name, send) => {
  test("is for open connections", () => {
    const connecting = decidingServer().connection;
    const closing = openServer().connection;
    closing.close();
    expect(() => send(connecting)).toThrow(
      new UsageError(`${name}: the connection is connecting, not open`),
    );
    expect(() => send(closing)).toThrow(
      new UsageError(`${name}: the connection is closing, not open`),
    );
    expect(() => send(openServer().connection)).not.toThrow();
  });
});

test.each(commands.filter(([name]) => !/^(sendText|sendFrames|notify)/.test(name)))(
  "%s is nothing drafts 75 and 76 have",
  (name, send) => {
    expect(() => send(draftServer("hixie-76").connection)).toThrow(
      new UsageError(`${name}: the peer speaks a draft that has no such message`),
    );
  },
);

describe("while a message is sent in fragments", () => {
  const begun = (): ReturnType<typeof openServer> => {
    const stage = openServer();
    stage.connection.sendFragment("text", bytes);
    stage.story();
    return stage;
  };
  test.each(commands.slice(0, 5))("%s must wait for its last", (name, send) => {
    const { connection, story } = begun();
    expect(() => send(connection)).toThrow(
      new UsageError(
        `${name}: a message is being sent in fragments, and its last has not been sent`,
      ),
    );
    expect(story()).toEqual([]);
  });
  test("pings and pongs need not", () => {
    const { connection, story } = begun();
    connection.ping();
    connection.pong();
    connection.sendFragment("text", bytes, 0, 1, true);
    expect(story()).toEqual(["> ping", "> pong", "> continuation x"]);
  });
  test("it stays what it was begun as", () => {
    expect(() => {
      begun().connection.sendFragment("binary", bytes);
    }).toThrow(new UsageError("sendFragment: the message that was begun is text"));
  });
  test("close() gives it up", () => {
    const { connection, story } = begun();
    connection.close(1000);
    expect(story()).toContain("> close 1000");
    expect(() => {
      connection.sendFragment("text", bytes);
    }).toThrow("the connection is closing");
  });
});

test.each(["ping", "pong"] as const)("%s takes 125 bytes", (name) => {
  const { connection } = openServer();
  expect(() => {
    connection[name](new Uint8Array(126));
  }).toThrow(new UsageError(`${name}: a payload has at most 125 bytes, got 126`));
  connection[name](new Uint8Array(125));
});

test("closure tells what onClose told, and nothing before", () => {
  const { connection } = openServer();
  expect(connection.closure).toBeUndefined();
  connection.terminate();
  expect(connection.closure).toMatchObject({ code: 1006, reason: "", clean: false });
});

describe("commands of one role", () => {
  const client = () =>
    createClientConnection(new Recorder(), createTestPlatform(), { host: "x", target: "/" });

  test("a client's connection answers no opening requests", () => {
    const connection = client() as unknown as ServerConnection;
    for (const command of ["accept", "reject", "receiveRequest"] as const)
      expect(() => {
        (connection[command] as (given: object) => void)({ status: 404 });
      }).toThrow(new UsageError(`${command}: only a server's connection answers opening requests`));
  });

  test("those that say what the transport has done are ignored in the other role, and once open", () => {
    const response = { status: 101, statusText: "", headers: new HeaderList() };
    const server = decidingServer();
    const opened = openServer();
    server.end.take();
    opened.end.take();
    for (const { connection, end } of [server, opened]) {
      const other = connection as unknown as ClientConnection & OpenConnection;
      other.open();
      other.receiveResponse(response);
      other.start();
      expect(end.take()).toEqual([]);
    }
    opened.connection.expectRequest();
    (client() as unknown as ServerConnection).expectRequest();
    expect([server.connection.state, opened.connection.state]).toEqual(["connecting", "open"]);
  });
});
