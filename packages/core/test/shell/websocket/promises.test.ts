/** `opened`, `closed` and `Symbol.asyncDispose`. */
import { describe, expect, test } from "vitest";
import { ConnectError } from "../../../src/shell/websocket/opened.ts";
import { facePair, isStopped, settle } from "../server/socket-story.ts";
import { fake } from "./fake-driver.ts";

describe("opened", () => {
  test("resolves with the socket, the same promise each time", async () => {
    const { server } = await facePair();
    expect(server.opened).toBe(server.opened);
    expect(await server.opened).toBe(server);
  });
  test("while connecting: when it opens, and messages wait for the code that awaits it", async () => {
    const { socket, session, driver } = fake("connecting");
    const { opened } = socket;
    driver.state = "open";
    session.onOpen({ version: "hybi-13", protocol: "", extensions: "", response: undefined });
    expect(driver.take()).toEqual([["pause"]]);
    expect(await opened).toBe(socket);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(driver.take()).toEqual([["resume"]]);
  });
  test.each(["connecting", "closed"] as const)(
    "rejects where it never comes to that (%s), and need not be heard",
    async (state) => {
      const { socket, session, driver } = fake(state);
      const { opened } = socket;
      driver.state = "closed";
      if (state === "connecting") session.onClose(1006, "", false);
      await settle();
      const error: unknown = await opened.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConnectError);
      expect(error).toMatchObject({ code: "closed" });
    },
  );
});

describe("closed", () => {
  test("resolves with what the event says, the same promise each time, also when asked later", async () => {
    const { server, client } = await facePair();
    const early = server.closed;
    expect(server.closed).toBe(early);
    client.close(4001, "bye");
    const info = { code: 4001, reason: "bye", wasClean: true };
    expect([await early, await client.closed]).toEqual([info, info]);
  });
  test("of a loss too", async () => {
    const { server, cut } = await facePair();
    cut();
    expect(await server.closed).toEqual({ code: 1006, reason: "", wasClean: false });
    expect(isStopped(server)).toBe(false);
  });
});

test("await using closes with 1000, and waits", async () => {
  const { server, client } = await facePair();
  await server[Symbol.asyncDispose]();
  expect([server.readyState, await client.closed]).toEqual([
    3,
    { code: 1000, reason: "", wasClean: true },
  ]);
  await server[Symbol.asyncDispose]();
});
