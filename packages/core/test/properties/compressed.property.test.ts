/** Two machines that compress, with a real zlib: at once, on its threads, and by streams where there are no dictionaries. Nothing is lost, changed or out of order. */
import zlib from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { permessageDeflate, type PermessageDeflateOptions, prepare } from "../../src/index.ts";
import type { Extension } from "../../src/extension/extension.ts";
import { createZlibCompression } from "../../src/shell/compression/compression.ts";
import type { Zlib } from "../../src/shell/compression/zlib.ts";
import { Pair } from "../../src/testing/pair.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { print } from "../streams.ts";

const ROLES = ["client", "server"] as const;
type Role = (typeof ROLES)[number];
const other = { client: "server", server: "client" } as const;

type Sending = "text" | "textBytes" | "binary" | "parts" | "prepared" | "fragments";
type Step =
  | readonly [what: Sending, role: Role, size: number, compress: boolean]
  | readonly [what: "pause" | "resume" | "cork" | "uncork" | "ping", role: Role]
  | readonly [what: "carry", to: Role, most: number]
  | readonly [what: "breathe"];

const role = fc.constantFrom(...ROLES);
/** On either side of what is compressed at once, copied, and put in memory of its own. */
const size = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 3, arbitrary: fc.constantFrom(0, 1024, 4097, 8193, 16_384, 16_385, 65_536, 140_000) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(
      fc.constantFrom("text", "textBytes", "binary", "parts", "prepared", "fragments"),
      role,
      size,
      fc.boolean(),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.constantFrom("pause", "resume", "resume", "cork", "uncork", "ping"),
      role,
    ),
  },
  {
    weight: 12,
    arbitrary: fc.tuple(
      fc.constant("carry"),
      role,
      fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 5000 })),
    ),
  },
  { weight: 3, arbitrary: fc.constant(["breathe"] as const) },
) as fc.Arbitrary<Step>;

/** Without its option `dictionary`, as Deno's. */
const deaf: Zlib = {
  ...zlib,
  deflateRawSync: (data, { dictionary: _, ...options }) => zlib.deflateRawSync(data, options),
};
const terms: readonly PermessageDeflateOptions[] = [
  { threshold: 0 },
  {},
  { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 },
  { clientNoContextTakeover: false, serverMaxWindowBits: 9, threshold: 100 },
];
const extensions: readonly Extension[] = [zlib, deaf].flatMap((given) =>
  terms.map((options) => permessageDeflate(createZlibCompression(given), options)),
);

const breath = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

class Story {
  readonly pair: Pair;
  private readonly told: Record<Role, string[]> = { client: [], server: [] };
  readonly said: Record<Role, string[]> = { client: [], server: [] };
  private readonly corks: Record<Role, number> = { client: 0, server: 0 };
  private count = 0;

  constructor(extension: Extension, ownsChunks: boolean) {
    const pair = (this.pair = new Pair({
      request: { extensions: [extension] },
      accept: false,
      client: { ownsChunks },
      server: { ownsChunks },
    }));
    pair.settle().server.accept({ extensions: [extension] });
    pair.settle();
    for (const role of ROLES) expect(pair[role].state).toBe("open");
  }

  async run(step: Step): Promise<void> {
    if (step[0] === "breathe") return breath();
    if (step[0] === "carry") return void this.pair.step(step[1], step[2]);
    if (step.length === 4) return this.send(...step);
    const [what, role] = step;
    const connection = this.pair[role];
    if (what === "pause" || what === "resume") connection[what]();
    else if (what === "ping") connection.ping();
    else if (what === "cork") {
      this.corks[role]++;
      connection.cork();
    } else if (this.corks[role] > 0) {
      this.corks[role]--;
      connection.uncork();
    }
  }

  /** Lets everything arrive: nothing has moved for a while, and all is there. Where the machine is busy, zlib's threads take their time. */
  async finish(): Promise<void> {
    const until = performance.now() + 10_000;
    do await this.settle();
    while (performance.now() < until && ROLES.some((role) => this.misses(role)));
  }

  private misses(role: Role): boolean {
    return this.heard(role).length < this.said[other[role]].length;
  }

  private async settle(): Promise<void> {
    for (const role of ROLES)
      for (; this.corks[role] > 0; this.corks[role]--) this.pair[role].uncork();
    for (let quiet = 0; quiet < 20; quiet++) {
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
      for (const role of ROLES) {
        this.pair[role].resume();
        if (this.pair[role].bufferedBytes > 0) quiet = 0;
      }
      while (this.pair.step("client") || this.pair.step("server")) quiet = 0;
      if (ROLES.some((role) => this.pair[`${role}End`].paused)) quiet = 0;
    }
  }

  private send(what: Sending, role: Role, size: number, compress: boolean): void {
    const connection = this.pair[role];
    const unit = `${this.count++} aé€😀\0\ufeff`;
    const text = unit
      .repeat(Math.ceil(size / 8))
      .slice(0, size)
      .replace(/[\ud800-\udbff]$/, "");
    const bytes = new TextEncoder().encode(text);
    const isBinary = what === "binary" || what === "parts";
    if (what === "text") connection.sendText(text, compress);
    else if (what === "textBytes")
      connection.sendTextBytes(
        joinBytes([Uint8Array.of(0xff), bytes, Uint8Array.of(0xff)]),
        1,
        1 + bytes.length,
        compress,
      );
    else if (what === "binary")
      connection.sendBinary(bytes.slice(), undefined, undefined, compress);
    else if (what === "parts")
      connection.sendParts(
        "binary",
        [bytes.slice(0, size >> 2), bytes.slice(size >> 2)],
        bytes.length,
        compress,
      );
    else if (what === "prepared") connection.sendPrepared(prepare(text, { compress }));
    else {
      connection.sendFragment("text", bytes.slice(0, size >> 1));
      connection.sendFragment("text", bytes.slice(size >> 1), undefined, undefined, true);
    }
    this.said[role].push(`${isBinary ? "binary" : "text"} ${print(bytes)}`);
  }

  /** The messages that `role` has received, in the form of {@link said}. */
  heard(role: Role): string[] {
    this.told[role].push(...this.news(role));
    return this.told[role];
  }

  private news(role: Role): string[] {
    return this.pair[`${role}End`].take().flatMap((action) => {
      if (action[0] === "onText" || action[0] === "onBinary")
        return [
          `${action[0] === "onText" ? "text" : "binary"} ${print(action[1].subarray(action[2], action[3]))}`,
        ];
      if (action[0] === "onTextParts" || action[0] === "onBinaryParts")
        return [
          `${action[0] === "onTextParts" ? "text" : "binary"} ${print(joinBytes(action[1]))}`,
        ];
      return action[0] === "onViolation" ? [`violation ${action[1].code}`] : [];
    });
  }
}

test("messages of every kind and size arrive as they were sent, and in that order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: extensions.length - 1 }),
      fc.boolean(),
      fc.array(step, { maxLength: 40, size: "max" }),
      async (which, ownsChunks, steps) => {
        const story = new Story(extensions[which]!, ownsChunks);
        for (const step of steps) await story.run(step);
        await story.finish();
        for (const role of ROLES)
          expect(story.heard(role), `messages at the ${role}`).toEqual(story.said[other[role]]);
        for (const role of ROLES) story.pair[role].terminate();
      },
    ),
    { numRuns: 80 },
  );
}, 60_000);
