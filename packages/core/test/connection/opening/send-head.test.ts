import { expect, test } from "vitest";
import { sendHead } from "../../../src/connection/opening/send-head.ts";
import type { Head } from "../../../src/http/header-section.ts";

const section = { fields: [[":status", "200"]] as const };
const cases: [name: string, head: Head, sent: unknown[]][] = [
  ["bytes go out with the batch's", Uint8Array.of(1), ["attach 1"]],
  ["fields go at once", section, ["fields"]],
  ["and what follows them after", { ...section, body: Uint8Array.of(2) }, ["fields", "attach 2"]],
  ["not what HTTP/1.1 would have said", { ...section, bytes: Uint8Array.of(3) }, ["fields"]],
];
test.each(cases)("%s", (_, head, expected) => {
  const sent: string[] = [];
  sendHead(
    head,
    {
      writeHead: () => {
        sent.push("fields");
      },
    },
    {
      attach: (bytes) => {
        sent.push(`attach ${bytes.join()}`);
      },
    },
  );
  expect(sent).toEqual(expected);
});
