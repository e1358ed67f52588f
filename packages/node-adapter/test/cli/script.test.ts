/** Scripts: what is read, what is no step, and what they expect. */
import { expect, test } from "vitest";
import { parseScript, type Step } from "../../src/cli/script/script.ts";
import { listen } from "../../src/index.ts";
import { buildCommand, sansocket } from "./command.ts";

buildCommand();

const only = (line: string): Step => parseScript(line)[0]!;

test.each([
  ["> hello  there ", { does: "send", data: "hello  there " }],
  [">", { does: "send", data: "" }],
  [">x 00 fF", { does: "send", data: Buffer.of(0, 255) }],
  [">@ some file", { does: "send-file", file: "some file" }],
  ["ping", { does: "ping", data: "" }],
  ["ping are you there", { does: "ping", data: "are you there" }],
  ["wait 0.25", { does: "wait", milliseconds: 250 }],
  ["close", { does: "close", code: 1000, reason: "" }],
  ["close 3000 so long", { does: "close", code: 3000, reason: "so long" }],
  ["closed 1001", { does: "expect-close", code: 1001 }],
])("%s", (line, step) => {
  expect(only(line)).toEqual({ line: 1, text: line, ...step });
});

test.each([
  ["< exactly", ["exactly"], ["exactly ", "Exactly"]],
  ["< /^ab+c$/i", ["abbC"], ["ac"]],
  ["< *", ["", "anything"], []],
  ["<x 61 62", ["ab", Buffer.from("ab")], ["abc"]],
  ['< {"a":{"b":1}}', ['{"x":0,"a":{"b":1,"c":2}}'], ['{"a":{"b":2}}', "[]", "no JSON"]],
  ["< [1,2]", ["[1, 2]"], ["[1,2,3]"]],
])("%s", (line, right, wrong) => {
  const step = only(line) as Step & { does: "expect" };
  for (const message of right) expect(step.matches(message)).toBe(true);
  for (const message of wrong) expect(step.matches(message)).toBe(false);
});

test.each([">x 0", ">@", "< /(/", "wait", "wait -1", "close x", "say hello", "<x zz"])(
  "%s is no step, and the line is named",
  (line) => {
    expect(() => parseScript(`# first\n\n${line}\n`)).toThrow(
      `line 3 of the script is no step: ${line}`,
    );
  },
);

test("a script on standard input holds a server to it, and fails with 1 where it does not", async () => {
  const server = listen({
    hostname: "127.0.0.1",
    websocket: {
      message: (socket, data) => {
        socket.send(String(data).toUpperCase());
        if (data === "bye") socket.close(3000, "gone");
      },
    },
  });
  await server.ready;
  const run = (input: string) =>
    sansocket(["connect", server.url, "--script", "-", "--within", "0.2"], { input });
  const [right, wrong, silent, closed, other] = await Promise.all([
    run("> hello\n< HELLO\nping\nwait 0.001\n> bye\n< BYE\nclosed 3000\n"),
    run("> hello\n< hello\n"),
    run("< *\n"),
    run("> bye\n< *\n< *\n"),
    run("> bye\n< *\nclosed 1000\n"),
  ]);
  await server.stop();
  expect(right).toMatchObject({ code: 0, out: "HELLO\nBYE\n", err: "" });
  expect(wrong).toMatchObject({ code: 1, err: "sansocket: line 2 (< hello): got HELLO\n" });
  expect(silent).toMatchObject({
    code: 1,
    err: "sansocket: line 1 (< *): nothing came within 0.2 s\n",
  });
  expect(closed!.err).toBe("sansocket: line 3 (< *): the connection was closed with 3000 gone\n");
  expect(other!.err).toBe(
    "sansocket: line 3 (closed 1000): the connection was closed with 3000 gone\n",
  );
});
