import { describe, expect, test } from "vitest";
import { arrive, type Fake, fake } from "../fake-driver.ts";

/** A socket whose connection takes questions about what has left, and lets the test answer. */
function asking(): Fake & { readonly notices: unknown[]; readonly told: string[] } {
  const made = fake();
  const notices: unknown[] = [];
  Object.assign(made.driver.connection, {
    notify: (notice: unknown) => {
      notices.push(notice);
    },
  });
  return { ...made, notices, told: [] };
}

const turn = (): Promise<void> => Promise.resolve();

describe("send(data, callback)", () => {
  test("asks about each message, and hears of each once", () => {
    const { socket, session, notices, told } = asking();
    const callback = (error?: Error): void => void told.push(error?.message ?? "sent");
    socket.send("a", callback);
    socket.send("b", null, callback);
    expect(notices).toHaveLength(2);
    session.onSent(notices[0]);
    session.onSent(notices[0]);
    expect(told).toEqual(["sent"]);
    session.onSent(notices[1], new Error("reset"));
    expect(told).toEqual(["sent", "The connection ended before this message had left"]);
  });

  test("asks nothing where nobody wants to know", () => {
    const { socket, notices } = asking();
    socket.send("a");
    socket.send("a", { compress: false });
    expect(notices).toEqual([]);
  });

  test("what was not told when the transport is gone is lost, with its error as the cause", () => {
    const { socket, session, notices } = asking();
    const causes: unknown[] = [];
    socket.send("a", (error) => causes.push(error?.code, error?.cause));
    session.onTransportError("reset");
    session.onTransportGone();
    session.onTransportGone();
    session.onSent(notices[0]);
    expect(causes).toEqual(["lost", "reset"]);
  });

  test("a message that ends its connection is lost", () => {
    const { socket, driver, told } = asking();
    Object.assign(driver.connection, {
      sendText: () => {
        driver.state = "closing";
        return true;
      },
    });
    socket.send("too much", (error) => told.push(error?.code ?? "sent"));
    expect(told).toEqual(["lost"]);
  });

  test("is told in a turn of its own that a message was not sent", async () => {
    const { socket, driver, told } = asking();
    driver.state = "closing";
    expect(socket.send("late", (error) => told.push(`${error?.name} ${error?.code}`))).toBe(false);
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual(["NotSentError closed"]);
    expect(socket.dropped).toBe(1);
  });

  test("what a callback throws is reported", () => {
    const { socket, session, notices, reported } = asking();
    socket.send("a", () => {
      throw new Error("mine");
    });
    session.onSent(notices[0]);
    expect(reported).toMatchObject([{ message: "mine" }]);
  });

  test("a callback may send", () => {
    const { socket, session, driver, notices } = asking();
    socket.send("a", () => socket.send("b"));
    driver.take();
    session.onSent(notices[0]);
    expect(driver.take()).toEqual([["sendText", "b"]]);
    arrive(session, "still open");
  });
});
