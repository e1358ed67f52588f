import { describe, expect, test } from "vitest";
import { replay } from "../../../src/trace/replay/replay.ts";
import { recordedPair } from "../recorded-pair.ts";

/** A server's trace: it greets back, and closes. */
function serverTrace(): string[] {
  const pair = recordedPair({
    onText: (server, text) => {
      server.sendText(`${text}!`);
    },
  });
  pair.client.sendText("hi");
  pair.settle();
  pair.client.close(1000);
  pair.settle();
  pair.server.receiveEnd();
  return pair
    .trace()
    .split("\n")
    .filter((line) => /^\[2,|"connection":2/.test(line));
}

const lines = serverTrace();
const at = (part: string): number => lines.findIndex((line) => line.includes(part));
const first = (changed: readonly string[]): ReturnType<typeof replay>[number] =>
  replay(changed.join("\n"))[0]!;
const changed = (index: number, ...to: string[]): string[] => [
  ...lines.slice(0, index),
  ...to,
  ...lines.slice(index + 1),
];

test("what happened happens again", () => {
  expect(first(lines)).toMatchObject({ difference: undefined, stopped: undefined, actions: 19 });
});

describe("the first difference is told by line, with what was and what is", () => {
  test("another argument", () => {
    const index = at('"onText"');
    expect(first(changed(index, '[2,"action","onText","ho",true]')).difference).toEqual({
      line: index + 1,
      expected: ["action", "onText", "ho", true],
      actual: ["action", "onText", "hi", true],
      message: "its arguments differ",
    });
  });
  test("other bytes", () => {
    const index = at("8103686921");
    expect(
      first(changed(index, lines[index]!.replace("8103686921", "8103686920"))).difference,
    ).toMatchObject({
      expected: ["action", "write", { hex: "8103686920" }],
      actual: ["action", "write", { hex: "8103686921" }],
      message: "other bytes are written",
    });
  });
  test("an action that is not recorded", () => {
    const index = at('"onText"');
    expect(first(changed(index)).difference).toMatchObject({
      line: index + 1,
      actual: ["action", "onText", "hi", true],
      message: "something else happens",
    });
  });
  test("an action that does not happen", () => {
    const index = at('"onText"');
    expect(
      first(changed(index, lines[index]!, '[2,"action","onPing",{"hex":""}]')).difference,
    ).toMatchObject({ line: index + 2, expected: ["action", "onPing", { hex: "" }] });
  });
  test("a command that was left out", () => {
    expect(first(changed(at('"command",-1,"sendText"'))).difference).toBeDefined();
  });
  test("a command that threw", () => {
    const index = at('"command",-1,"sendText"');
    expect(
      first(changed(index, lines[index]!, '[2,"threw","UsageError: no"]')).difference,
    ).toMatchObject({ message: "threw when it was recorded, and does not now" });
  });
  test("a command that throws now", () => {
    const index = at('"onText"');
    expect(
      first(changed(index, lines[index]!, '[2,"command",-1,"close",999,""]')).difference,
    ).toMatchObject({ message: "throws, which was not recorded" });
  });
  test("a call that nobody has", () => {
    expect(first([...lines, '[2,"input",5,"constructor"]']).difference).toMatchObject({
      actual: ["threw", "RangeError: constructor is no input or command"],
    });
  });
});

test("writes may be cut otherwise: other connections of the process decide that", () => {
  const index = at("8103686921");
  expect(
    first(
      changed(
        index,
        '[2,"action","write",{"hex":"8103"}]',
        '[2,"action","writeMany",[{"hex":"68"},{"hex":"6921"}]]',
      ),
    ).difference,
  ).toBeUndefined();
});

test("a hole in the trace ends the replay, and so does one at its beginning", () => {
  const index = at('"receiveEnd"');
  expect(first(changed(index, '[2,"gap",7]')).stopped).toEqual({
    line: index + 1,
    reason: "7 lines are missing: a ring or a rotated file has dropped them",
  });
  expect(first([lines[0]!, '[2,"gap",1]']).stopped?.line).toBe(2);
});
