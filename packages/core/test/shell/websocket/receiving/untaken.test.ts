import { describe, expect, test } from "vitest";
import { keepUntaken } from "../../../../src/shell/websocket/receiving/untaken.ts";
import { arrive, type Fake, fake } from "../fake-driver.ts";

/** A socket of a door that keeps what nobody takes. */
function keeping(): Fake & { readonly told: string[]; listen(): void } {
  const made = fake();
  keepUntaken(made.session);
  const told: string[] = [];
  return {
    ...made,
    told,
    listen: () => {
      made.socket.on("message", ({ data }) => {
        told.push(String(data));
      });
    },
  };
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const pausesOf = ({ driver }: Fake): unknown[] =>
  driver.take().filter(([name]) => name === "pause" || name === "resume");

describe("messages wait for the first who takes them", () => {
  test("and come once the code that listens has returned", async () => {
    const socket = keeping();
    arrive(socket.session, "a");
    arrive(socket.session, "b");
    socket.listen();
    arrive(socket.session, "c");
    expect(socket.told).toEqual([]);
    await turn();
    arrive(socket.session, "d");
    expect(socket.told).toEqual(["a", "b", "c", "d"]);
  });

  test("who listens before anything came gets it at once", () => {
    const socket = keeping();
    socket.listen();
    arrive(socket.session, "a");
    expect(socket.told).toEqual(["a"]);
    expect(socket.session.untaken).toBeUndefined();
  });

  test("a handler that was defined, not assigned, takes them as well", () => {
    const socket = keeping();
    Object.defineProperty(socket.socket, "onmessage", {
      value: ({ data }: { data: string }) => socket.told.push(data),
    });
    arrive(socket.session, "a");
    expect(socket.told).toEqual(["a"]);
  });

  test("a socket of the compatible constructor keeps nothing", async () => {
    const { session, socket } = fake();
    const told: unknown[] = [];
    arrive(session, "a");
    socket.on("message", (event) => told.push(event));
    await turn();
    expect(told).toEqual([]);
  });

  test("reading holds at 64 KiB, each message counting 64 bytes more, and goes on when all is taken", async () => {
    const socket = keeping();
    for (let at = 0; at < 1023; at++) arrive(socket.session, "");
    expect(pausesOf(socket)).toEqual([]);
    arrive(socket.session, "");
    expect(pausesOf(socket)).toEqual([["pause"]]);
    arrive(socket.session, "what was in the same chunk");
    expect(pausesOf(socket)).toEqual([]);
    socket.listen();
    await turn();
    expect(socket.told).toHaveLength(1025);
    expect(pausesOf(socket)).toEqual([["resume"]]);
    expect(socket.session.untaken).toBeUndefined();
  });

  test("a listener that takes one leaves the rest to the next", async () => {
    const { session, socket } = keeping();
    for (const text of ["a", "b"]) arrive(session, text);
    const told: unknown[] = [];
    socket.once("message", ({ data }) => told.push(data));
    await turn();
    expect(told).toEqual(["a"]);
    socket.once("message", ({ data }) => told.push(data));
    await turn();
    expect(told).toEqual(["a", "b"]);
  });

  test("pause() holds them, also one that is said by a listener meanwhile", async () => {
    const { session, socket } = keeping();
    for (const text of ["a", "b"]) arrive(session, text);
    const told: unknown[] = [];
    socket.on("message", ({ data }) => {
      told.push(data);
      socket.pause();
    });
    await turn();
    expect(told).toEqual(["a"]);
    socket.resume();
    await turn();
    expect(told).toEqual(["a", "b"]);
  });

  test("resume() without a listener drops them, if none is added by the time it has returned", async () => {
    const unheard = keeping();
    arrive(unheard.session, "a");
    unheard.socket.resume();
    await turn();
    unheard.listen();
    await turn();
    arrive(unheard.session, "b");
    expect(unheard.told).toEqual(["b"]);

    const heard = keeping();
    arrive(heard.session, "a");
    heard.socket.resume();
    heard.listen();
    await turn();
    expect(heard.told).toEqual(["a"]);
  });

  test("what a listener throws is reported, and costs the others nothing", async () => {
    const socket = keeping();
    for (const text of ["a", "b"]) arrive(socket.session, text);
    socket.socket.on("message", () => {
      throw new Error("mine");
    });
    await turn();
    expect(socket.reported).toHaveLength(2);
    expect(socket.session.awaitsTaker).toBe(false);
  });
});

describe("errors and the end", () => {
  test("an error that somebody heard is not told again", async () => {
    const { session, socket } = keeping();
    const told: string[] = [];
    socket.on("error", () => told.push("first"));
    session.fail("broken", new Error("broken"));
    socket.on("error", () => told.push("second"));
    await turn();
    expect(told).toEqual(["first"]);
  });

  test("whoever listens for the end after it hears it, but nobody twice, and not who has left again", async () => {
    const { socket, driver } = keeping();
    const told: string[] = [];
    socket.on("close", () => told.push("before"));
    driver.end(1000, "over");
    const gone = (): void => void told.push("gone");
    socket.on("close", ({ reason }) => told.push(`after ${reason}`));
    socket.on("close", gone).off("close", gone);
    socket.once("end", () => told.push("end"));
    await turn();
    await turn();
    expect(told).toEqual(["before", "after over", "end"]);
    expect(socket.listenerCount("end")).toBe(0);
  });

  test("a loop over a socket that was lost gets its messages, then the error", async () => {
    const { session, socket, driver } = keeping();
    arrive(session, "a");
    session.fail("broken", new Error("why"));
    driver.end(1006, "");
    const told: unknown[] = [];
    const loop = async (): Promise<void> => {
      for await (const data of socket) told.push(data);
    };
    await expect(loop()).rejects.toMatchObject({ name: "ClosedError", cause: { message: "why" } });
    expect(told).toEqual(["a"]);
  });
});
