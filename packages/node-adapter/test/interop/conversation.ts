/** One conversation with an echo, whichever of both sides is ours, and what can be said of it afterwards. */
import { once } from "node:events";
import type { ConnectError, WebSocket } from "../../src/index.ts";
import type { Cells } from "./peer.ts";

/** On this message the far end closes, with {@link THEIR_CODE}. */
export const CLOSE_ME = "close me";
/** On this it drops the connection, without a close frame. */
export const DROP_ME = "drop me";
export const THEIR_CODE = 4002;
const OUR_CODE = 3001;

/** How long one answer may take, and from when on one is called slow, in milliseconds. */
const PATIENCE = 15_000;
const SLOW = 10_000;

/** A socket of ours and what is behind it. */
export interface Session {
  readonly socket: WebSocket;
  /** The code of the close that the far end saw; `undefined` where it cannot tell. */
  closeSeen(milliseconds: number): Promise<number | undefined>;
  /** Whether the far end is ours too, with a proxy between them: it then sees the code of its own close. */
  readonly isOurs?: boolean;
}

/** Opens one more connection to the far end, or waits for one. */
export type Opener = (deflate: boolean) => Promise<Session>;

type Words = { -readonly [Cell in keyof Cells]: string };

const late = new Error("no answer");

/** @throws {Error} where `work` takes longer. */
export async function within<Value>(work: Promise<Value>, milliseconds = PATIENCE): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(late);
        }, milliseconds);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** "yes", or "yes, after 3 s"; or the word for what went wrong. */
export async function attempt(work: () => Promise<string | undefined>): Promise<string> {
  const begun = performance.now();
  try {
    const word = (await work()) ?? "yes";
    const took = performance.now() - begun;
    return took < SLOW ? word : `${word}, after ${Math.round(took / 1000)} s`;
  } catch (error) {
    return error === late ? "no answer" : `no: ${(error as Error).message}`;
  }
}

/** Sends `data` and waits for the same. */
async function echo(socket: WebSocket, data: string | Buffer): Promise<undefined> {
  const answer = within(once(socket, "message"));
  socket.send(data);
  const got = ((await answer)[0] as { data: unknown }).data;
  const same = typeof data === "string" ? got === data : Buffer.isBuffer(got) && got.equals(data);
  if (!same) throw new Error("another message came back");
}

async function closeOf(socket: WebSocket): Promise<{ code: number; wasClean: boolean }> {
  return within(socket.closed, 40_000);
}

const codeWord = ({ code, wasClean }: { code: number; wasClean: boolean }): string =>
  wasClean ? String(code) : `${code}, not clean`;

/** Text, 100 KB, ping, and a close that is ours. */
async function first(open: Opener, words: Words): Promise<void> {
  const { socket, closeSeen } = await open(false);
  words.opens = "yes";
  words.text = await attempt(() => echo(socket, "wörld €"));
  words.binary = await attempt(() => echo(socket, Buffer.alloc(100_000, "0123456789")));
  words.ping = await attempt(async () => {
    await within(
      new Promise<void>((resolve) =>
        socket.ping("are you there?", () => {
          resolve();
        }),
      ),
      5000,
    );
    return undefined;
  });
  words.ours = await attempt(async () => {
    socket.close(OUR_CODE, "done");
    const ours = await closeOf(socket);
    const theirs = await closeSeen(5000);
    const told = ours.code === OUR_CODE && ours.wasClean ? "" : `; here ${codeWord(ours)}`;
    return `${theirs ?? "not reported"}${told}`;
  });
}

/** A close that is theirs. */
async function second(open: Opener, words: Words): Promise<void> {
  words.theirs = await attempt(async () => {
    const { socket, closeSeen, isOurs } = await open(false);
    socket.send(CLOSE_ME);
    const here = codeWord(await closeOf(socket));
    const there = isOurs === true ? await closeSeen(5000) : THEIR_CODE;
    return there === THEIR_CODE ? here : `${here}; there ${there ?? "nothing"}`;
  });
}

/** A message that compresses well, sent three times: the second finds a peer that keeps its window where it should not. */
const COMPRESSIBLE = JSON.stringify({
  names: Array.from({ length: 200 }, (_, at) => `name ${at % 7}`),
});

async function third(open: Opener, words: Words): Promise<void> {
  let ended: WebSocket | undefined;
  words.deflate = await attempt(async () => {
    const { socket } = await open(true);
    ended = socket;
    if (!socket.extensions.includes("permessage-deflate")) return "no";
    for (let round = 0; round < 3; round++) await echo(socket, COMPRESSIBLE);
    return undefined;
  });
  ended?.close();
  if (ended !== undefined) await closeOf(ended).catch(() => undefined);
}

/** Has three conversations, one after the other. `events` is left to the caller. */
export async function converse(open: Opener, known: Partial<Cells> = {}): Promise<Cells> {
  const words: Words = {
    opens: "",
    text: "–",
    binary: "–",
    ping: "–",
    deflate: "–",
    ours: "–",
    theirs: "–",
    gone: "–",
    events: "–",
  };
  try {
    await first(open, words);
    await second(open, words);
    if (known.deflate === undefined) await third(open, words);
  } catch (error) {
    if (words.opens === "") words.opens = `no: ${firstSentence(error as ConnectError)}`;
    else throw error;
  }
  return { ...words, ...known };
}

const firstSentence = (error: Error): string =>
  error.message
    .replace(/^Can't establish a connection to the server at \S+: /, "")
    .replaceAll(/\d{4,5}/g, "N")
    .split("\n")[0]!;
