/** The progress of long transfers: what a person sees of one, and that a pipe sees nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { frame, response } from "../../../core/testing/captures.ts";
import { IncomingProgress, ProgressBar } from "../../src/cli/message/progress.ts";
import { listen } from "../../src/index.ts";
import { buildCommand, sansocket, scratch } from "./command.ts";

const MEBIBYTE = 1_048_576;

/** Watches incoming bytes in pieces of a size, and returns what a bar shows, without its colours of movement. */
function shown(bytes: Uint8Array, piece = 65_536): string[] {
  const lines: string[] = [];
  const bar = new ProgressBar("received", { write: (text) => lines.push(text) });
  const watch = new IncomingProgress(bar);
  for (let at = 0; at < bytes.length; at += piece)
    watch.onBytes("in", bytes.subarray(at, at + piece));
  return lines.map((line) => line.replace("\r", "").replace("\u001b[K", ""));
}

const head = Buffer.from(response());

const message = (size: number, options: object = {}): Uint8Array =>
  frame("server", 2, new Uint8Array(size), options);

describe("incoming messages", () => {
  test("a long one has a bar, from its beginning to its end, which takes it away", () => {
    const lines = shown(message(4 * MEBIBYTE));
    expect(lines[0]).toBe(`[${" ".repeat(30)}] 1 % 0.1 MB received`);
    expect(lines.at(-2)).toBe(`[${"#".repeat(30)}] 100 % 4.2 MB received`);
    expect(lines.at(-1)).toBe("");
    expect(lines.length).toBeLessThan(102);
  });

  test("in fragments its size is not known: its megabytes are shown", () => {
    const half = message(2 * MEBIBYTE, { fin: false });
    const rest = frame("server", 0, new Uint8Array(2 * MEBIBYTE));
    const lines = shown(Buffer.concat([half, frame("server", 9, "ping"), rest]));
    expect(lines).toEqual([
      "1.1 MB received",
      "2.1 MB received",
      "3.2 MB received",
      "4.2 MB received",
      "",
    ]);
  });

  test("short ones, pings and the head of a response have none, however they are cut", () => {
    const bytes = Buffer.concat([head, message(1000), frame("server", 9, "ping"), message(0)]);
    for (const piece of [1, 7, 65_536]) expect(shown(bytes, piece)).toEqual([]);
    expect(shown(Buffer.concat([head, message(MEBIBYTE)]), 5000).at(-2)).toContain(" 100 % ");
  });

  test("a long one behind short ones, and one that is compressed, by its size on the wire", () => {
    const bytes = Buffer.concat([message(5), message(MEBIBYTE, { rsv: 4 })]);
    expect(shown(bytes).at(-2)).toContain("] 100 % 1.0 MB received");
  });

  test("a stream that breaks a rule, or ends, leaves no bar behind", () => {
    const half = message(2 * MEBIBYTE).subarray(0, MEBIBYTE);
    const lines: string[] = [];
    const watch = new IncomingProgress(
      new ProgressBar("received", { write: (text) => lines.push(text) }),
    );
    watch.onBytes("in", half);
    expect(lines.at(-1)).toContain(" % ");
    watch.onState("closed");
    expect(lines.at(-1)).toBe("\r\u001b[K");
    expect(shown(Buffer.concat([message(5), Uint8Array.of(0x83, 0, 0x82, 1)]))).toEqual([]);
  });
});

describe("sansocket connect", () => {
  buildCommand();
  const server = listen({
    hostname: "127.0.0.1",
    websocket: {
      open: (socket) => {
        socket.send(new Uint8Array(4 * MEBIBYTE));
      },
    },
  });
  afterAll(() => server.stop({ force: true }));

  test("in a pipe: the bytes alone", async () => {
    await server.ready;
    const { bytes, err, code } = await sansocket(["connect", server.url, "--wait", "0.2"]);
    expect([code, err, bytes.length]).toEqual([0, "", 4 * MEBIBYTE]);
  });

  test.skipIf(process.platform !== "linux")(
    `on a terminal, which script of util-linux makes: the bar, and then the message${process.platform === "linux" ? "" : " (skipped: needs Linux)"}`,
    async () => {
      await server.ready;
      const main = join(scratch, "cli/main.mjs");
      const command = `"${process.execPath}" "${main}" connect ${server.url} --save "${scratch}/saved" --wait 0.2 -m hello`;
      const child = spawn("script", ["-qec", command, "/dev/null"], { timeout: 15_000 });
      let out = "";
      child.stdout.on("data", (chunk) => (out += chunk));
      const [code] = await once(child, "close");
      expect(code).toBe(0);
      expect(out).toMatch(/\] \d+ % \d\.\d MB received/);
      expect(out.lastIndexOf("MB received")).toBeLessThan(out.indexOf("1.bin"));
    },
  );
});
