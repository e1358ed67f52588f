/**
 * The subprotocol in which a client subscribes and resumes: each message begins with a line of a word, a cursor or `-`, and a topic
 * or `-`; the payload follows the line. A text message has text, a binary one bytes.
 */
import type { Platform } from "../platform.ts";

/** The name of the subprotocol. */
export const TOPICS_PROTOCOL = "topics.sansocket";

/** Words of the server: a topic's message; a subscription stands, or stands anew with messages missed, or is refused; a message of the application. */
export type ServerWord = "message" | "subscribed" | "reset" | "refused" | "data";
/** Words of the client. */
export type ClientWord = "subscribe" | "unsubscribe" | "data";

export interface Head<Word extends string = string> {
  readonly word: Word;
  readonly cursor: string | undefined;
  readonly topic: string | undefined;
}

/** The longest first line: a word, a cursor of 128 characters and a topic of 255, each at most three bytes. */
const MOST = 1024;

const HEAD = /^([a-z]{1,16}) ([^ \n]{1,128}) ([^\n]{1,255})$/;

const LF = 10;

/** Writes a first line, with its end. */
export function encodeHead({ word, cursor, topic }: Head<ServerWord | ClientWord>): string {
  return `${word} ${cursor ?? "-"} ${topic ?? "-"}\n`;
}

/** The head of the application's own messages. */
export const DATA_HEAD = encodeHead({ word: "data", cursor: undefined, topic: undefined });

/** Reads the first line of a message, and the index of its payload; `undefined` for a message without one. */
export function decodeHead(
  platform: Platform,
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly head: Head; readonly payload: number } | undefined {
  const most = Math.min(end, start + MOST);
  let at = start;
  while (at < most && bytes[at] !== LF) at++;
  if (at === most || platform.checkUtf8(bytes, start, at) === 0) return undefined;
  const head = readHead(platform.decodeUtf8(bytes, start, at, false));
  return head === undefined ? undefined : { head, payload: at + 1 };
}

/** Reads a first line without its end. */
export function readHead(line: string): Head | undefined {
  const [, word, cursor, topic] = HEAD.exec(line) ?? [];
  if (word === undefined) return undefined;
  return { word, cursor: known(cursor), topic: known(topic) };
}

const known = (field: string | undefined): string | undefined =>
  field === "-" ? undefined : field;
