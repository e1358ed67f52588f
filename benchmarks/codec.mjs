#!/usr/bin/env node
// The codec in memory, against ws's Receiver and Sender. See README.md beside this file.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundle, leaf } from "./build.mjs";
import { fresh, json, stream } from "./frames.mjs";
import { keep, measure } from "./measure.mjs";
import { heading, short, table, times } from "./report.mjs";

process.env.WS_NO_BUFFER_UTIL = "1"; // its native helper is an extra package
const require = createRequire(import.meta.url);
const ws = dirname(require.resolve("ws/package.json"));
const Receiver = require(join(ws, "lib/receiver.js"));
const Sender = require(join(ws, "lib/sender.js"));
const { unmask: wsUnmask } = require(join(ws, "lib/buffer-util.js"));

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const options = { ms: given.quick ? 25 : 80, samples: given.quick ? 3 : 5 };
const load = async (path) => import(pathToFileURL(await path).href);
const { server, client } = await load(bundle({ entry: "codec-ours.mjs", name: "codec-ours" }));
const { applyMask } = await load(leaf("frame/mask.ts"));

const SIZES = [16, 128, 1024, 16384, 1 << 20];
const label = (size) =>
  size >= 1 << 20 ? `${size >> 20} MiB` : size >= 1024 ? `${size >> 10} KiB` : `${size} B`;
const raw = {};

/**
 * A table: a column for each size, and of each row operations per CPU second and their ratio to the first row.
 * @param {string} name
 * @param {string} title
 * @param {Record<string, (size: number) => { job: () => number, count?: number }>} rows `count` operations a call
 */
async function section(name, title, rows) {
  if (given.only && !given.only.split(",").includes(name)) return;
  const names = Object.keys(rows);
  const cells = names.map((row) => [row]);
  const results = (raw[name] = {});
  for (const size of SIZES) {
    const made = names.map((row) => rows[row](size));
    const spent = await measure(
      made.map(({ job }) => job),
      options,
    );
    const each = spent.map((us, i) => us / (made[i].count ?? 1));
    results[size] = Object.fromEntries(
      names.map((row, i) => [row, { nanoseconds: each[i] * 1000, ratio: each[0] / each[i] }]),
    );
    const gigabytes = (us) => (size / us / 1000).toPrecision(2);
    each.forEach((us, i) =>
      cells[i].push(
        `${short(1e6 / us)}/s, ${gigabytes(us)} GB/s${i ? `, **${times(each[0] / us)}**` : ""}`,
      ),
    );
  }
  console.log(`\n## ${name}: ${title}\n\n${table(["per CPU second", ...SIZES.map(label)], cells)}`);
}

/** Parsers unmask in place, so every pass takes fresh copies, as from a socket: their cost is in all rows alike. */
const parsing = (opcode, make) => (size) => {
  const { count, reads } = stream(size, opcode);
  const feed = make();
  return {
    count,
    job: () => {
      for (const read of reads) feed(fresh(read));
      return 1;
    },
  };
};
const wsReceiver = (message) => () => {
  const receiver = new Receiver({
    isServer: true,
    maxPayload: 104_857_600,
    maxFragments: 131_072,
    maxBufferedChunks: 1_048_576,
  });
  receiver.on("message", message);
  return (chunk) => receiver.write(chunk);
};
const ours = (read) => () => {
  const connection = server({ read });
  return (chunk) => connection.receive(chunk);
};

/** A socket that takes everything. ws leaves the encoding of unmasked strings to its socket, so that is done here. */
const nowhere = {
  cork() {},
  uncork() {},
  write: (data) => keep(typeof data === "string" ? Buffer.from(data).length : data.length),
};
const BATCH = 16;
/** Sixty-four different messages, so that nobody may remember the last one. */
const messages = (size, form) =>
  Array.from({ length: size > 65536 ? 4 : 64 }, () =>
    form === "text" ? json(size) : Buffer.from(json(size)),
  );

const wsSending = (form, mask) => (size) => {
  const all = messages(size, form);
  const sender = new Sender(nowhere, {});
  let at = 0;
  return {
    job: () => {
      sender.send(all[at++ % all.length], {
        binary: form === "binary",
        mask,
        compress: false,
        fin: true,
      });
      return 1;
    },
  };
};
const oursSending = (form, mask, batch) => (size) => {
  const all = messages(size, form);
  const connection = mask ? client() : server({ read: false });
  const send =
    form === "text"
      ? (message) => connection.sendText(message)
      : (message) => connection.sendBinary(message);
  let at = 0;
  return {
    count: batch,
    job() {
      if (batch > 1) connection.cork();
      for (let i = 0; i < batch; i++) send(all[at++ % all.length]);
      if (batch > 1) connection.uncork();
      return 1;
    },
  };
};

console.log(heading("The codec in memory"));
await section("parse-binary", "masked binary frames, 64 KiB reads", {
  "ws Receiver": parsing(
    2,
    wsReceiver((data) => keep(data.length)),
  ),
  "ours, as ranges": parsing(2, ours(false)),
  "ours, as Buffers": parsing(2, ours(true)),
});
await section("parse-text", "masked ASCII text frames, 64 KiB reads", {
  "ws Receiver, as strings": parsing(
    1,
    wsReceiver((data) => keep(data.toString().length)),
  ),
  "ours, validated only": parsing(1, ours(false)),
  "ours, as strings": parsing(1, ours(true)),
});
for (const form of ["text", "binary"]) {
  for (const mask of [false, true]) {
    await section(
      `send-${form}${mask ? "-masked" : ""}`,
      `${form === "text" ? "strings" : "Buffers"}, ${mask ? "masked" : "unmasked"}`,
      {
        "ws Sender": wsSending(form, mask),
        "ours, one a write": oursSending(form, mask, 1),
        [`ours, ${BATCH} a write`]: oursSending(form, mask, BATCH),
      },
    );
  }
}
await section("unmask", "in place, from an odd address", {
  ws: (size) => {
    const bytes = Buffer.allocUnsafeSlow(size + 6).subarray(6);
    const mask = Buffer.of(1, 2, 3, 4);
    return {
      job: () => {
        wsUnmask(bytes, mask);
        return 1;
      },
    };
  },
  ours: (size) => {
    const bytes = Buffer.allocUnsafeSlow(size + 6);
    return {
      job: () => {
        applyMask(bytes, 6, size + 6, 0x01020304);
        return 1;
      },
    };
  },
});
if (given.json)
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), node: process.version, raw }, null, 1)}\n`,
  );
