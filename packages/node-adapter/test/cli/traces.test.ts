/** `sansocket replay` and `explain`, of traces that were recorded here. */
import { mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { connect, createTraceRing, listen, type SocketServer } from "../../src/index.ts";
import { buildCommand, eventsIn, sansocket, scratch } from "./command.ts";

buildCommand();

let good = "";
let bad = "";

/** Two servers record a client that breaks a rule, and one that does not. */
beforeAll(async () => {
  const rings = [createTraceRing(), createTraceRing()];
  const [server, other] = rings.map((record) =>
    listen({
      hostname: "127.0.0.1",
      record,
      websocket: { message: (socket, data) => socket.send(data) },
    }),
  ) as [SocketServer, SocketServer];
  await Promise.all([server.ready, other.ready]);
  const socket = await connect(server.url);
  socket.send("hello");
  await once(socket, "message");
  socket.close(1000);
  await socket.closed;
  const raw = net.connect(other.port, "127.0.0.1");
  raw.write(
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  raw.write(Buffer.from("c18301020304606060", "hex"));
  raw.resume();
  await once(raw, "close");
  await Promise.all([server.stop(), other.stop()]);
  [good, bad] = rings.map((ring) => Buffer.concat(ring.pieces()).toString()) as [string, string];
  bad = bad.replaceAll(/^\[1,/gm, "[2,").replace('"connection":1', '"connection":2');
});

const put = (name: string, text: string): string => {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
};

test("replay: the same again, of files, folders and standard input", async () => {
  const folder = join(scratch, "folder");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.jsonl"), good);
  writeFileSync(join(folder, "b.jsonl"), bad);
  const [file, all, input, json] = await Promise.all([
    sansocket(["replay", put("good.jsonl", good)]),
    sansocket(["replay", folder]),
    sansocket(["replay", "-"], { input: bad }),
    sansocket(["replay", folder, "--json"]),
  ]);
  expect(file!.out).toMatch(
    /good\.jsonl: connection 1 \(websocket-server\): the same \d+ actions\n$/,
  );
  expect(all!.out.match(/: the same \d+ actions$/gm)).toHaveLength(2);
  expect(input!.out).toMatch(/^-: connection 2 /);
  expect([file, all, input, json].map((ran) => ran!.code)).toEqual([0, 0, 0, 0]);
  expect(eventsIn(json!.out)).toMatchObject([{ connection: 1 }, { connection: 2 }]);
});

test("replay: where it first differs, with status 1", async () => {
  const changed = good.replace(/"onText","hello"/, '"onText","other"');
  const line = changed.split("\n").findIndex((one) => one.includes('"onText"')) + 1;
  const { code, out } = await sansocket(["replay", put("changed.jsonl", changed)]);
  expect(code).toBe(1);
  expect(out).toContain(`differs at line ${line}: `);
  expect(out).toContain('  recorded ["action","onText","other",true]\n');
  expect(out).toContain('  now      ["action","onText","hello",true]\n');
});

test("explain: who, at which byte, which rule, what to change", async () => {
  const file = put("both.jsonl", good + bad);
  const [all, one, json, none] = await Promise.all([
    sansocket(["explain", file]),
    sansocket(["explain", file, "-c", "2"]),
    sansocket(["explain", file, "--json"]),
    sansocket(["explain", file, "-c", "7"]),
  ]);
  expect(all!.code).toBe(0);
  expect(all!.out).toContain("The peer closed the connection by a close frame");
  expect(one!.out).not.toContain("by a close frame");
  expect(one!.out).toContain("at byte 0 of its stream (c1 83");
  expect(one!.out).toContain("(reserved-bits, RFC 6455 §5.2)");
  expect(one!.out).toContain("What to change: ");
  expect(eventsIn(json!.out)).toMatchObject([
    { endedBy: "peer-close" },
    { endedBy: "violation", rule: { code: "reserved-bits" } },
  ]);
  expect(none!.code).toBe(5);
});

test("a trace without a connection is no trace that passes: 5", async () => {
  const empty = put("empty.jsonl", "");
  const ends = await Promise.all([
    sansocket(["replay", empty]),
    sansocket(["explain", empty]),
    sansocket(["replay", empty, put("good.jsonl", good)]),
  ]);
  expect(ends.map(({ code }) => code)).toEqual([5, 5, 0]);
  expect(ends[0]!.err).toMatch(/empty\.jsonl: no connection is recorded\n$/);
});

test("what is no trace ends with 5, and the line is named", async () => {
  const [text, missing] = await Promise.all([
    sansocket(["explain", put("no.jsonl", `${good}oh no\n`)]),
    sansocket(["replay", "/nowhere/at/all"]),
  ]);
  expect(text!.err).toMatch(/no\.jsonl: line \d+: this is no JSON: oh no\n$/);
  expect(missing!.err).toContain("ENOENT");
  expect([text!.code, missing!.code]).toEqual([5, 5]);
});
