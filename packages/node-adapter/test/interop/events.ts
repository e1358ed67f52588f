/** Reads an event stream through a proxy, by a bare client of each HTTP version, and says how each event arrives. */
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { Readable } from "node:stream";
import { constants, createGunzip } from "node:zlib";
import { authority } from "./certificates.ts";
import { closesWithin, type EventStream, type Servers, until } from "./backends.ts";

/** When an event is called late, in milliseconds. */
const LATE = 4000;
const PATIENCE = 6000;

interface Reading {
  readonly body: Readable;
  readonly encoding: string | undefined;
  readonly status: number;
  leave(): void;
}

const FIELDS = { accept: "text/event-stream", "accept-encoding": "gzip" };

async function read1(url: URL): Promise<Reading> {
  const request = (url.protocol === "https:" ? https : http).get(url, {
    headers: FIELDS,
    ca: authority,
    agent: false,
  });
  request.on("error", () => undefined);
  const [response] = (await once(request, "response", {
    signal: AbortSignal.timeout(PATIENCE),
  })) as [http.IncomingMessage];
  response.on("error", () => undefined);
  return {
    body: response,
    encoding: response.headers["content-encoding"],
    status: response.statusCode!,
    leave: () => request.destroy(),
  };
}

async function read2(url: URL): Promise<Reading> {
  const session = http2.connect(url.origin, { ca: authority });
  session.on("error", () => undefined);
  const stream = session.request({ ":path": `${url.pathname}${url.search}`, ...FIELDS });
  stream.on("error", () => undefined);
  const [fields] = (await once(stream, "response", { signal: AbortSignal.timeout(PATIENCE) })) as [
    http2.IncomingHttpHeaders,
  ];
  return {
    body: stream,
    encoding: fields["content-encoding"],
    status: Number(fields[":status"]),
    leave: () => {
      session.destroy();
    },
  };
}

/** Whether what `find` says is there within the time of one event; else how late it is. */
async function arrives(text: () => string, event: string): Promise<string> {
  const begun = performance.now();
  const found = await until(() => (text().includes(event) ? true : undefined), PATIENCE);
  if (found === undefined) return "held back";
  const took = performance.now() - begun;
  return took < LATE ? "at once" : `after ${Math.round(took / 1000)} s`;
}

/** Returns a function for the text that has come so far, uncompressed. */
function textRead({ body, encoding }: Reading): () => string {
  let text = "";
  const plain =
    encoding === undefined ? body : body.pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH }));
  plain.on("data", (chunk) => (text += String(chunk))).on("error", () => undefined);
  return () => text;
}

/** Whether a second reader of the same URL is given the first one's stream. */
async function sharesWith(
  open: () => Promise<Reading>,
  name: string,
  servers: Servers,
): Promise<boolean> {
  const other = await open();
  try {
    await until(() => ((servers.streams.get(name)?.length ?? 0) > 1 ? true : undefined), 2000);
    return servers.streams.get(name)?.length === 1;
  } finally {
    other.leave();
  }
}

/** Words for when the server notices that its reader has left: none, where it does so at once. */
async function whenLeft(source: EventStream): Promise<string> {
  if (await closesWithin(source, 1500)) return "";
  // One event finds the connection closed, the next one that it was.
  for (let round = 0; round < 8 && source.readyState !== 3; round++) {
    source.send("third");
    if (await closesWithin(source, 500)) return "leaving shows at the next event";
  }
  return "leaving never shows";
}

/** How the two events of a stream that a browser reads arrive. */
export async function heardAtOnce(
  name: string,
  servers: Servers,
  heard: () => string,
): Promise<string> {
  await until(() => (heard().includes("data: first") ? true : undefined), 15_000);
  const first = await arrives(heard, "data: first");
  servers.streams.get(name)?.[0]?.send("second");
  const second = await arrives(heard, "data: second");
  return first === second ? first : `${first}, ${second}`;
}

let number = 0;

/** "at once" where both events come so; and, unless it is to be brief, when the server hears that the reader has left, where that is not at once. */
export async function readEvents(
  origin: string,
  version: "1.1" | "2",
  servers: Servers,
  isBrief = false,
): Promise<string> {
  const name = `e${++number}`;
  const url = new URL(`/events?n=${name}`, origin.replace(/^ws/, "http"));
  const begin = version === "2" ? read2 : read1;
  let reading: Reading;
  try {
    reading = await begin(url);
  } catch {
    return "no head before the end";
  }
  try {
    if (reading.status !== 200) return `no: ${reading.status}`;
    const text = textRead(reading);
    const first = await arrives(text, "data: first");
    const source = servers.streams.get(name)?.[0];
    source?.send("second");
    const second = await arrives(text, "data: second");
    const isShared =
      !isBrief && first === "at once" && (await sharesWith(() => begin(url), name, servers));
    reading.leave();
    const leaving = source === undefined || isBrief ? "" : await whenLeft(source);
    return [
      first === second ? first : `${first}, ${second}`,
      ...(reading.encoding === undefined ? [] : [`as ${reading.encoding}`]),
      ...(isShared ? ["readers share one stream"] : []),
      ...(leaving === "" ? [] : [leaving]),
    ].join("; ");
  } finally {
    reading.leave();
  }
}
