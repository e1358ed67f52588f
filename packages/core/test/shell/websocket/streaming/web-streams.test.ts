/** `stream()`: a socket as Web Streams. */
import { describe, expect, test } from "vitest";
import { facePair, isStopped, settle } from "../../server/socket-story.ts";
import { fake } from "../fake-driver.ts";

test("the same pair each time", () => {
  const { socket } = fake();
  expect(socket.stream()).toBe(socket.stream());
});

test("a chunk a message, both ways, and closing either way ends both", async () => {
  const { server, client } = await facePair();
  const echo = server.stream();
  const { readable, writable } = client.stream();
  const echoing = echo.readable.pipeTo(echo.writable);
  const writer = writable.getWriter();
  const reader = readable.getReader();
  await writer.write("a");
  await writer.write(Uint8Array.of(1));
  expect([(await reader.read()).value, [...((await reader.read()).value as Uint8Array)]]).toEqual([
    "a",
    [1],
  ]);
  await writer.close();
  expect(await reader.read()).toEqual({ done: true, value: undefined });
  await echoing.catch(() => {});
  expect(await server.closed).toMatchObject({ code: 1000, wasClean: true });
});

describe("the readable", () => {
  test("stops reading where nobody reads it", async () => {
    const { server, client } = await facePair();
    const reader = server.stream().readable.getReader();
    for (let i = 0; i < 20; i++) client.send(String(i));
    await settle();
    expect(isStopped(server)).toBe(true);
    for (let i = 0; i < 20; i++) expect((await reader.read()).value).toBe(String(i));
    expect(isStopped(server)).toBe(false);
  });
  test("closes with 1000 when it is cancelled", async () => {
    const { server, client } = await facePair();
    await server.stream().readable.cancel();
    expect(await client.closed).toMatchObject({ code: 1000 });
  });
  test("fails where the socket is not closed cleanly", async () => {
    const { server, cut } = await facePair();
    const reading = server.stream().readable.getReader().read();
    cut();
    await expect(reading).rejects.toMatchObject({ name: "ClosedError", code: 1006 });
  });
});

describe("the writable", () => {
  test("waits where the peer is slow", async () => {
    const { socket, driver } = fake();
    const writer = socket.stream().writable.getWriter();
    driver.backedUp = true;
    let written = false;
    const writing = writer.write("x").then(() => {
      written = true;
    });
    await settle();
    expect([written, driver.take().length]).toEqual([false, 1]);
    driver.backedUp = false;
    socket.emit("drain");
    await writing;
  });
  test("waits for the opening", async () => {
    const { socket, session, driver } = fake("connecting");
    const writing = socket.stream().writable.getWriter().write("x");
    await settle();
    expect(driver.take()).toEqual([]);
    driver.state = "open";
    session.onOpen({ version: "hybi-13", protocol: "", extensions: "", response: undefined });
    await writing;
    expect(driver.take()).toContainEqual(["sendText", "x"]);
  });
  test("closes with 1011 when it is aborted: what the peer has is not all there was", async () => {
    const { server, client } = await facePair();
    await server.stream().writable.abort(new Error("source failed"));
    expect(await client.closed).toMatchObject({ code: 1011 });
  });
  test("fails at once when the socket closes, and with it who waits", async () => {
    const { server, client } = await facePair();
    const writer = server.stream().writable.getWriter();
    await writer.ready;
    client.close(4000, "enough");
    await expect(writer.closed).rejects.toMatchObject({
      name: "ClosedError",
      code: 4000,
      reason: "enough",
    });
    await expect(writer.write("x")).rejects.toMatchObject({ code: 4000 });
  });
  test("fails to write and to close what is closing or lost", async () => {
    const { socket, driver } = fake();
    const writer = socket.stream().writable.getWriter();
    driver.state = "closing";
    await expect(writer.write("x")).rejects.toMatchObject({ name: "ClosedError" });
    const lost = fake();
    const closing = lost.socket.stream().writable.getWriter().close();
    await settle();
    lost.driver.end(1006, "");
    await expect(closing).rejects.toMatchObject({ code: 1006 });
  });
});
