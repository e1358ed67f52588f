/** Judges one conversation: both sides' frames, as they come and at its end. */
import type { Conversation, LintFrame, LintHead, LintMessage, Side } from "../model.ts";
import { type At, otherSide, type StreamSink } from "../stream.ts";
import { SideInflater } from "./deflate.ts";
import { agreedOn } from "./extensions.ts";
import { type Fault, type Frame, FrameReader } from "./frames.ts";
import { MessageReader } from "./messages.ts";
import {
  judgeConnect,
  judgeConnected,
  judgeRequest,
  judgeResponse,
  type OpeningFault,
} from "./opening.ts";
import type { Notebook } from "./notebook.ts";

/** The longest time without a pong while the receiver of a ping sends other frames, in milliseconds. */
const PONG_TIME = 1000;

export class Judge implements StreamSink {
  readonly id: number;
  private readonly report: Notebook;
  private readonly label: string;
  private readonly http: Conversation["http"];
  private readonly heads: { request: LintHead | undefined; response: LintHead | undefined } = {
    request: undefined,
    response: undefined,
  };
  private readonly frames: LintFrame[] = [];
  private readonly messages: LintMessage[] = [];
  private readonly readers: Readonly<Record<Side, readonly [FrameReader, MessageReader]>>;
  private readonly ended: Partial<Record<Side, number>> = {};
  private broken: number | undefined = undefined;
  private last: At = { place: 0, time: 0 };
  /** Whether the file has all bytes of it: then missing frames were not sent. */
  private isWhole = true;

  constructor(report: Notebook, id: number, label: string, http: Conversation["http"]) {
    this.report = report;
    this.id = id;
    this.label = label;
    this.http = http;
    this.readers = { client: this.reader("client"), server: this.reader("server") };
  }

  private reader(side: Side): readonly [FrameReader, MessageReader] {
    const fault = (at: At, said: Fault): void => {
      this.report.say(at, { severity: "violation", side, ...said }, this.id);
    };
    const lost = (at: At, why: string): void => {
      this.isWhole = false;
      this.report.note(at, "not-seen", why, this.id);
    };
    const messages = new MessageReader(side, {
      message: (message) => {
        this.messages.push(message);
      },
      fault,
      lost,
    });
    const frames = new FrameReader(side, {
      frame: (frame) => {
        this.frame(side, frame, messages);
      },
      fault,
      lost,
    });
    return [frames, messages];
  }

  request(request: LintHead): void {
    this.heads.request = request;
  }

  /** Judges the opening by its two heads, once the response accepts. */
  open(response: LintHead, mayConnect?: boolean): void {
    const { request } = this.heads;
    this.heads.response = response;
    const isHttp2 = this.http === "2";
    if (request !== undefined)
      this.faults(request, isHttp2 ? judgeConnect(request, mayConnect) : judgeRequest(request));
    this.faults(
      response,
      isHttp2 ? judgeConnected(request, response) : judgeResponse(request, response),
    );
    this.extend(response);
  }

  private extend(response: LintHead): void {
    const { request } = this.heads;
    const { deflate, unknown, faults } = agreedOn(request, response);
    for (const one of faults)
      this.faults(one.side === "client" && request !== undefined ? request : response, [one]);
    for (const side of ["client", "server"] as const) {
      const [frames, messages] = this.readers[side];
      if (deflate !== undefined) {
        frames.allowedRsv = 4;
        messages.inflater = new SideInflater(this.report.tools, deflate[side]);
      }
      if (unknown.length > 0) {
        frames.allowedRsv = 7;
        messages.isOpaque = true;
        messages.inflater = undefined;
      }
    }
    if (unknown.length > 0)
      this.report.note(
        response,
        "unknown-extension",
        `the extension ${unknown.join(", ")} is not known: what its messages say is not judged`,
        this.id,
      );
  }

  /** Another library did the opening, and agreed on these extensions. */
  agree(extensions: string): void {
    const fields: [string, string][] =
      extensions === "" ? [] : [["Sec-WebSocket-Extensions", extensions]];
    this.extend({ place: 0, time: 0, start: "", fields });
  }

  /** A message that a file has without its frames. */
  seen(side: Side, opcode: number, payload: Uint8Array, at: At): void {
    this.isWhole = false; // no control frames, mostly
    const [, messages] = this.readers[side];
    messages.inflater = undefined;
    const { length } = payload;
    this.frame(
      side,
      { at, last: at, fin: true, rsv: 0, opcode, masked: false, length, offset: 0, payload },
      messages,
    );
  }

  /** A payload that a file lacks. */
  unseen(side: Side, size: number, at: At): void {
    this.isWhole = false;
    this.readers[side][1].isOpaque = true;
    this.readers[side][1].inflater = undefined;
    this.readers[side][0].missing(size, at, "");
  }

  /** The server refuses the opening. */
  refuse(response: LintHead): void {
    this.heads.response = response;
    this.report.note(
      response,
      "refused",
      `the opening was answered with ${response.start}`,
      this.id,
    );
  }

  private faults(head: LintHead, faults: readonly OpeningFault[]): void {
    for (const fault of faults) this.report.say(head, { severity: "violation", ...fault }, this.id);
  }

  /** Reports a finding of this conversation. */
  say(at: At, side: Side, code: string, clause: string, message: string): void {
    this.report.say(at, { severity: "violation", side, code, clause, message }, this.id);
  }

  receive(side: Side, bytes: Uint8Array, at: At): void {
    this.last = at;
    this.readers[side][0].receive(bytes, at);
  }

  missing(side: Side, size: number, at: At, why: string): void {
    this.isWhole = false;
    this.report.note(at, "not-seen", why, this.id);
    this.readers[side][0].missing(size, at, why);
  }

  end(side: Side, at: At, how: "fin" | "rst"): void {
    if (how === "rst") this.broken ??= at.time;
    if (this.ended[side] !== undefined) return;
    this.last = at;
    this.ended[side] = at.time;
    const [frames, messages] = this.readers[side];
    if (how === "fin" && this.isWhole && (!frames.isBetween || messages.isWithin))
      this.report.say(
        at,
        {
          severity: "violation",
          side,
          code: "ended-within",
          clause: "RFC 6455 §7.1.1",
          message: `The stream ends inside a ${frames.isBetween ? "message" : "frame"}`,
        },
        this.id,
      );
  }

  private frame(side: Side, frame: Frame, messages: MessageReader): void {
    const message = this.messages.length;
    const { at, last, ...rest } = frame;
    messages.frame(frame);
    this.frames.push({
      side,
      place: at.place,
      lastPlace: last.place,
      time: last.time,
      ...rest,
      message: -1,
    });
    // A message's frames know it when it is complete.
    if (this.messages.length > message) this.number(side, message, frame.opcode >= 8);
  }

  /** Gives the frames of a complete message its number. */
  private number(side: Side, message: number, isControl: boolean): void {
    let left = this.messages[message]!.frames;
    for (let index = this.frames.length - 1; index >= 0 && left > 0; index--) {
      const frame = this.frames[index]!;
      if (frame.side !== side || frame.message !== -1 || frame.opcode >= 8 !== isControl) continue;
      this.frames[index] = { ...frame, message };
      left--;
    }
  }

  /** The file is over. */
  finish(): Conversation {
    this.judgeEnd();
    this.judgePings();
    return this.soFar();
  }

  /** The conversation up to now. */
  soFar(): Conversation {
    const { id, label, http, frames, messages, ended, broken } = this;
    return { id, label, http, ...this.heads, frames, messages, ended, broken };
  }

  /** A close frame is answered by one (RFC 6455 §5.5.1), and no connection ends without one (§7.1.1). */
  private judgeEnd(): void {
    const { response } = this.heads;
    const isOpen = response === undefined || /^HTTP\/[\d.]+ (101|2\d\d)/.test(response.start);
    if (!this.isWhole || !isOpen || this.frames.length === 0) return;
    const closed = (side: Side): LintMessage | undefined =>
      this.messages.find((message) => message.side === side && message.kind === "close");
    for (const side of ["client", "server"] as const) {
      if (this.ended[side] === undefined || closed(side) !== undefined) continue;
      const asked = closed(otherSide(side));
      if (asked !== undefined && asked.time <= this.ended[side])
        this.say(
          this.last,
          side,
          "close-not-answered",
          "RFC 6455 §5.5.1",
          `The close frame of ${asked.place} was not answered by one`,
        );
      else if (asked === undefined)
        this.report.say(
          this.last,
          {
            severity: "warning",
            side,
            code: "no-close-frame",
            clause: "RFC 6455 §7.1.1",
            message: "The connection ended without a close frame",
          },
          this.id,
        );
    }
  }

  /** A ping is answered, or a later one is (RFC 6455 §5.5.2). */
  private judgePings(): void {
    if (!this.isWhole) return;
    for (const side of ["client", "server"] as const) {
      const pings = this.messages.filter((one) => one.side === side && one.kind === "ping");
      const lastPing = pings[pings.length - 1];
      if (lastPing?.data === undefined) continue;
      const after = this.messages.filter(
        (one) => one.side === otherSide(side) && one.time >= lastPing.time,
      );
      const isAnswered = after.some(
        ({ kind, data }) =>
          kind === "pong" && data !== undefined && sameBytes(data, lastPing.data!),
      );
      const isLate = after.some(
        ({ kind, time }) => kind !== "close" && time > lastPing.time + PONG_TIME,
      );
      if (!isAnswered && isLate)
        this.say(
          lastPing,
          otherSide(side),
          "unanswered-ping",
          "RFC 6455 §5.5.2",
          `The ping of the ${side} was not answered, though other frames came after it`,
        );
    }
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
