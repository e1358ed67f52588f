/** Commands given, and errors thrown, from inside events. */
import { describe, expect, test } from "vitest";
import type { Actions } from "../../src/actions.ts";
import type { Connection } from "../../src/connection/contract.ts";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/frame/opcode.ts";
import { closePayload, masked, openingHead } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { decidingServer, newClient, newServer, openServer, type Stage, when } from "./story.ts";

const text = (data: string): Uint8Array => masked(TEXT, data);
const close = (code: number, reason = ""): Uint8Array => masked(CLOSE, closePayload(code, reason));

describe("commands inside events", () => {
  const scenes: [name: keyof Actions, trigger: (connection: Connection) => void][] = [
    [
      "onText",
      (c) => {
        c.receive(joinBytes([text("x"), text("y")]));
      },
    ],
    [
      "onBinary",
      (c) => {
        c.receive(joinBytes([masked(BINARY, "x"), masked(BINARY, "y")]));
      },
    ],
    [
      "onTextParts",
      (c) => {
        c.receive(
          joinBytes([
            masked(TEXT, new Uint8Array(1500), { fin: false }),
            masked(CONTINUATION, new Uint8Array(1500)),
            text("y"),
          ]),
        );
      },
    ],
    [
      "onBinaryParts",
      (c) => {
        c.receive(
          joinBytes([
            masked(BINARY, new Uint8Array(1500), { fin: false }),
            masked(CONTINUATION, new Uint8Array(1500)),
            text("y"),
          ]),
        );
      },
    ],
    [
      "onPing",
      (c) => {
        c.receive(joinBytes([masked(PING, "x"), masked(PING, "y")]));
      },
    ],
    [
      "onPong",
      (c) => {
        c.receive(joinBytes([masked(PONG, "x"), masked(PONG, "y")]));
      },
    ],
    [
      "onViolation",
      (c) => {
        c.receive(joinBytes([masked(3, "x"), text("y")]));
      },
    ],
    [
      "onClose",
      (c) => {
        c.receiveError();
      },
    ],
    [
      "onState",
      (c) => {
        c.receive(close(1000));
      },
    ],
    [
      "onState",
      (c) => {
        c.close(1000);
      },
    ],
    [
      "onState",
      (c) => {
        c.receiveEnd();
      },
    ],
    [
      "onState",
      (c) => {
        c.receive(masked(3, ""));
      },
    ],
  ];

  /** The laws every life keeps, whatever is commanded in the middle of it. */
  function finish({ connection, end, timers }: Stage<Connection>, before: string[]): void {
    connection.receiveEnd();
    connection.receiveError();
    const all = [...before, ...end.take().map(([type]) => type)];
    expect(
      all.filter((type) => type === "onClose"),
      all.join(),
    ).toHaveLength(1);
    expect(all.at(-1), all.join()).toBe("onClose");
    expect(timers()).toEqual([]);
    expect(connection.bufferedBytes).toBe(0);
  }
  const commands: [name: string, command: (connection: Connection) => void][] = [
    [
      "terminate",
      (c) => {
        c.terminate();
      },
    ],
    [
      "close",
      (c) => {
        c.close(1000);
      },
    ],
    [
      "pause",
      (c) => {
        c.pause();
      },
    ],
    [
      "pause, resume",
      (c) => {
        c.pause();
        c.resume();
      },
    ],
    [
      "pause, terminate, resume",
      (c) => {
        c.pause();
        c.terminate();
        c.resume();
      },
    ],
    [
      "send where allowed",
      (c) => {
        if (c.sendable) c.sendText("hi");
      },
    ],
  ];
  for (const [name, command] of commands) {
    test.each(scenes)(`${name} in %s`, (action, trigger) => {
      const made = openServer();
      when(made.end, action, () => {
        command(made.connection);
      });
      trigger(made.connection);
      finish(
        made,
        made.end.take().map(([type]) => type),
      );
    });

    test.each(["onRequest", "onOpen", "onState"] as const)(
      `${name} in %s of the opening`,
      (action) => {
        const made = newServer();
        when(made.end, action, () => {
          command(made.connection);
        });
        when(made.end, "onRequest", () => {
          if (made.connection.path === "alive.connecting.deciding") made.connection.accept();
        });
        made.connection.expectRequest();
        made.connection.receive(joinBytes([openingHead(), text("early")]));
        made.connection.resume();
        finish(
          made,
          made.end.take().map(([type]) => type),
        );
      },
    );

    test.each(["onOpen", "onState"] as const)(
      `${name} in %s of a client's opening`,
      async (action) => {
        const made = newClient();
        when(made.end, action, () => {
          command(made.connection);
        });
        made.connection.open();
        finish(
          made,
          made.end.take().map(([type]) => type),
        );
      },
    );
  }

  test("terminate() in a handler: the rest of the chunk is not emitted", () => {
    const { connection, end, story } = openServer();
    when(end, "onText", () => {
      connection.terminate();
    });
    connection.receive(joinBytes([text("a"), text("b")]));
    expect(story()).toEqual(["onText a", "destroyTransport", "= closed", "onClose 1006"]);
  });

  test("terminate() when a ping's answer overflows: nothing follows onClose", () => {
    const { connection, end, story } = openServer({ maxBufferedBytes: 10 });
    when(end, "onViolation", () => {
      connection.terminate();
    });
    connection.receiveBacklog(10);
    connection.receive(masked(PING, "x"));
    expect(story().at(-1)).toBe(
      "onClose 1013 More than 10 bytes wait to be sent and are not being read",
    );
  });

  test("close() in onViolation does not replace what the violation says", () => {
    const { connection, end, story } = openServer();
    when(end, "onViolation", () => {
      connection.close(1000, "all is well");
    });
    connection.receive(masked(3, ""));
    expect(story()).toContain("> close 1002 Unrecognized frame opcode: 3");
  });

  test("what onViolation sends goes before the close frame", () => {
    const { connection, end, story } = openServer();
    when(end, "onViolation", () => {
      connection.sendText("sorry");
    });
    connection.receive(masked(3, ""));
    expect(story().filter((line) => line.startsWith(">"))).toEqual([
      "> text sorry",
      "> close 1002 Unrecognized frame opcode: 3",
    ]);
  });
});

describe("an event that throws", () => {
  const scenes: [
    name: keyof Actions,
    make: () => Stage<Connection>,
    trigger: (connection: Connection) => void,
  ][] = [
    [
      "onText",
      openServer,
      (c) => {
        c.receive(text("x"));
      },
    ],
    [
      "onPing",
      openServer,
      (c) => {
        c.receive(masked(PING, "x"));
      },
    ],
    [
      "onOpen",
      decidingServer,
      (c) => {
        (c as ReturnType<typeof newServer>["connection"]).accept();
      },
    ],
    [
      "onViolation",
      () => openServer({ maxBufferedBytes: 1 }),
      (c) => {
        c.receiveBacklog(1);
        c.sendText("x");
      },
    ],
    [
      "onText",
      () => {
        const made = openServer();
        made.connection.pause();
        made.connection.receive(text("x"));
        return made;
      },
      (c) => {
        c.resume();
      },
    ],
    [
      "onState",
      openServer,
      (c) => {
        c.close();
      },
    ],
  ];
  test.each(scenes)("%s: the batch is closed all the same", (action, make, trigger) => {
    const made = make();
    const { connection, end } = made;
    let armed = true;
    when(end, action, () => {
      if (armed) {
        armed = false;
        throw new RangeError("the application's");
      }
    });
    expect(() => {
      trigger(connection);
    }).toThrow("the application's");
    end.take();
    if (connection.sendable) connection.sendText("next");
    expect(connection.bufferedBytes).toBe(0);
  });
});
