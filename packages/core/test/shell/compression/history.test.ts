import fc from "fast-check";
import { expect, test } from "vitest";
import {
  HistoryDeflater,
  HistoryInflater,
  History,
} from "../../../src/shell/compression/history.ts";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString();

test("a history is the end of all that was added, whatever the pieces", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.uint8Array({ maxLength: 70 })),
      (most, pieces) => {
        const history = new History(most);
        let all: number[] = [];
        for (const piece of pieces) {
          history.add(piece);
          all = [...all, ...piece].slice(-most);
          expect([...(history.recent ?? [])]).toEqual(all);
        }
        expect(history.recent === undefined).toBe(all.length === 0);
      },
    ),
  );
});

test("it is a copy: what was added may change", () => {
  const history = new History(10);
  const bytes = Buffer.from("abc");
  history.add(bytes);
  bytes.fill(0);
  expect(text(history.recent)).toBe("abc");
});

test("a message refers to those before it, up to the reach; one that failed is not among them", () => {
  const asked: [string, string | undefined][] = [];
  const by = new HistoryDeflater((data, dictionary, done) => {
    asked.push([text(data)!, text(dictionary)]);
    done(text(data) === "fails" ? undefined : data);
  }, 6);
  for (const message of ["one", "", "two", "fails", "three"])
    by.deflate(Buffer.from(message), () => {});
  by.close();
  expect(asked).toEqual([
    ["one", undefined],
    ["", "one"],
    ["two", "one"],
    ["fails", "onetwo"],
    ["three", "onetwo"],
  ]);
});

test("what came in is remembered as it was inflated; a failure is passed on with its cause", () => {
  const asked: (string | undefined)[] = [];
  const told: unknown[] = [];
  const cause = new Error("no");
  const by = new HistoryInflater((data, dictionary, done) => {
    asked.push(text(dictionary));
    if (data.length === 0) done("invalid", cause);
    else done(Buffer.from(text(data)!.toUpperCase()));
  }, 100);
  for (const message of ["a", "", "b", "c"])
    by.inflate(Buffer.from(message), (result, why) => {
      told.push(typeof result === "string" ? [result, why] : text(result));
    });
  by.close();
  expect([asked, told]).toEqual([
    [undefined, "A", "A", "AB"],
    ["A", ["invalid", cause], "B", "C"],
  ]);
});
