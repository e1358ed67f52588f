/**
 * Behaviour by behaviour beside `ws` itself: each row is done with both, in the same process, and what is seen must be the same, word for word;
 * but for the rows that say in which section of `docs/migrating-from-ws.md` it differs, where it must.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as entry from "../../src/ws.ts";
import { api } from "./rows/api.ts";
import { choices } from "./rows/choices.ts";
import { clientHandshake } from "./rows/client-handshake.ts";
import { credentials } from "./rows/credentials.ts";
import { ending } from "./rows/endings.ts";
import { ownFraming } from "./rows/framing.ts";
import { order } from "./rows/order.ts";
import { ownParts } from "./rows/parts.ts";
import { receiving } from "./rows/receiving.ts";
import type { Library, Row } from "./scene.ts";
import { sending } from "./rows/sending.ts";
import { serverHandshake } from "./rows/server-handshake.ts";
import { Transcript } from "./transcript.ts";

const require = createRequire(import.meta.url);
// By its file: under the conditions of these tests `require("ws")` would find the ES module.
const theirs = require(join(dirname(require.resolve("ws/package.json")), "index.js")) as Library;
const { default: _, ...names } = entry;
/** As `require()` has it: the class, and everything else as its statics. */
const ours = Object.assign(entry.WebSocket, names) as unknown as Library;

const rows = [
  ...receiving,
  ...sending,
  ...serverHandshake,
  ...clientHandshake,
  ...api,
  ...order,
  ...ending,
  ...ownParts,
  ...choices,
  ...ownFraming,
  ...credentials,
];
/** How many rows run at once: they mostly wait. */
const AT_ONCE = 12;
/** A row that takes longer, in milliseconds, has failed. */
const MOST = 8000;

async function seenOf(row: Row, library: Library): Promise<string> {
  const transcript = new Transcript();
  const late = new Promise((_resolve, reject) => {
    setTimeout(() => {
      reject(new Error("it does not end"));
    }, MOST).unref();
  });
  try {
    await Promise.race([row.run(library, transcript), late]);
  } catch (error) {
    transcript.note("the row failed", error);
  }
  return String(transcript);
}

/** Runs all rows, several at once. Returns those that differ where they should not, or do not where they should. */
async function compare(
  chosen: readonly Row[],
): Promise<Map<string, { theirs: string; ours: string }>> {
  const wrong = new Map<string, { theirs: string; ours: string }>();
  const waiting = [...chosen];
  const worker = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const seen = { theirs: await seenOf(row, theirs), ours: await seenOf(row, ours) };
      const isSame = seen.theirs === seen.ours;
      if (isSame !== (row.differs === undefined)) wrong.set(row.name, seen);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return wrong;
}

describe("the API of ws, beside ws", () => {
  test("there are rows for much of it, each with a name of its own", () => {
    expect(rows.length).toBeGreaterThan(830);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });

  test("what is seen is the same, but for what is listed", { timeout: 90_000 }, async () => {
    let wrong = await compare(rows);
    // By itself again, and twice: where the machine is busy a time may have run out, or a reset have overtaken a close frame.
    for (let again = 0; again < 2 && wrong.size > 0; again++) {
      const suspects = rows.filter(({ name }) => wrong.has(name));
      wrong = new Map();
      for (const row of suspects) {
        for (const [name, seen] of await compare([row])) wrong.set(name, seen);
      }
    }
    expect(Object.fromEntries(wrong)).toEqual({});
  });

  test("no row fails with ws itself", { timeout: 60_000 }, async () => {
    const failed: string[] = [];
    for (const row of rows.filter(({ differs }) => differs !== undefined)) {
      if ((await seenOf(row, theirs)).includes("the row failed")) failed.push(row.name);
    }
    expect(failed).toEqual([]);
  });

  test("each difference has its section", () => {
    const page = readFileSync(
      fileURLToPath(new URL("../../../../docs/migrating-from-ws.md", import.meta.url)),
      "utf8",
    );
    const titles = new Set([...page.matchAll(/^### (.*)$/gm)].map(([, title]) => title));
    const missing = rows.flatMap(({ differs }) =>
      differs === undefined || titles.has(differs) ? [] : [differs],
    );
    expect(missing).toEqual([]);
  });
});
