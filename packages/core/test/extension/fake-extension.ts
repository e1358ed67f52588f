import type {
  Extension,
  ExtensionFailure,
  ExtensionMessage,
  ExtensionParameters,
  ExtensionSession,
  ServerAnswer,
} from "../../src/extension/extension.ts";
import { joinBytes } from "../../src/testing/recorder.ts";

/** A message that a {@link FakeExtension} keeps until the test calls `go`. */
export interface UnderWay {
  readonly direction: "incoming" | "outgoing";
  readonly text: string;
  /** The session is done with it. */
  go(failure?: ExtensionFailure): void;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * An extension for tests: it writes its letter behind outgoing messages and takes it off incoming ones, at once or, being `slow`,
 * when the test calls `go`.
 */
export class FakeExtension implements Extension {
  readonly name: string;
  readonly rsv: number;
  /** Kept messages, in order of arrival. */
  readonly underWay: UnderWay[] = [];
  slow: boolean;
  onlyMarked: boolean;
  /** The failure that a session reports for each message, unless it is `slow`. */
  failure: ExtensionFailure | undefined = undefined;
  opened = 0;
  closed = 0;
  /** Whether a session was closed while it had a message. */
  closedEarly = false;
  private busy = 0;

  constructor(name: string, { rsv = 4, slow = false, onlyMarked = false } = {}) {
    this.name = name;
    this.rsv = rsv;
    this.slow = slow;
    this.onlyMarked = onlyMarked;
  }

  offer(): { parameters: readonly ExtensionParameters[]; activate: () => ExtensionSession } {
    return { parameters: [new Map()], activate: () => this.session() };
  }

  accept(): ServerAnswer | undefined {
    return { parameters: new Map(), session: this.session() };
  }

  /** Lets the message that has waited longest go on. */
  go(failure?: ExtensionFailure): void {
    this.underWay.shift()!.go(failure);
  }

  session(): ExtensionSession {
    this.opened++;
    const take =
      (direction: UnderWay["direction"]) =>
      (message: ExtensionMessage, done: (failure: ExtensionFailure | undefined) => void): void => {
        const go = (failure: ExtensionFailure | undefined): void => {
          if (failure === undefined) this.change(direction, message);
          done(failure);
        };
        if (!this.slow) return go(this.failure);
        this.busy++;
        this.underWay.push({
          direction,
          text: decoder.decode(message.data),
          go: (failure) => {
            this.busy--;
            go(failure);
          },
        });
      };
    return {
      onlyMarked: this.onlyMarked,
      incoming: take("incoming"),
      outgoing: take("outgoing"),
      close: () => {
        this.closed++;
        this.closedEarly ||= this.busy > 0;
      },
    };
  }

  private change(direction: UnderWay["direction"], message: ExtensionMessage): void {
    if (direction === "outgoing") {
      message.data = joinBytes([message.data, encoder.encode(this.name)]);
      message.rsv |= this.rsv;
    } else if ((message.rsv & this.rsv) === this.rsv) {
      message.data = message.data.subarray(0, message.data.length - this.name.length);
      message.rsv &= ~this.rsv;
    }
  }
}
