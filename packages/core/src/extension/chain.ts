import type {
  ExtensionFailure,
  ExtensionMessage,
  ExtensionSession,
  OutgoingForm,
} from "./extension.ts";

/** The direction of messages. Outgoing ones pass the sessions in order, incoming ones in reverse (RFC 6455 §9.1). */
export type Direction = "incoming" | "outgoing";

/** Receives the outcome of {@link Chain.pass}. Not called once the chain is closed. */
export type Passed = (message: ExtensionMessage, failure: ExtensionFailure | undefined) => void;

/**
 * The extensions of one connection, in the order agreed. It carries one message at a time in each
 * direction; the caller waits for it. A failure ends its direction only.
 */
export class Chain {
  /** The reserved bits that frames may have: those of these sessions. */
  readonly rsv: number;
  private readonly sessions: readonly ExtensionSession[];
  private readonly seesAll: boolean;
  private underWay = 0;
  private closed = false;

  constructor(sessions: readonly ExtensionSession[], rsv: number) {
    this.sessions = sessions;
    this.rsv = rsv;
    this.seesAll = !sessions.every(({ onlyMarked }) => onlyMarked);
  }

  /** Whether an incoming message whose first frame has these reserved bits must pass through the chain. */
  concerns(rsv: number): boolean {
    return rsv !== 0 || this.seesAll;
  }

  /** The change to outgoing messages, where connections share it. */
  get form(): OutgoingForm | undefined {
    return this.sessions.length === 1 ? this.sessions[0]!.form : undefined;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Passes `message` through all sessions. It calls `passed` before it returns when all of them finish at once. */
  pass(direction: Direction, message: ExtensionMessage, passed: Passed): void {
    this.underWay++;
    this.step(direction, message, passed, 0);
  }

  /** Frees the sessions once no message is in them; a message in them is dropped. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.underWay === 0) this.free();
  }

  private step(
    direction: Direction,
    message: ExtensionMessage,
    passed: Passed,
    from: number,
  ): void {
    const { sessions } = this;
    for (let i = from; i < sessions.length; i++) {
      const session = sessions[direction === "outgoing" ? i : sessions.length - 1 - i]!;
      const state = run(session, direction, message, (failure) => {
        if (failure === undefined && !this.closed) this.step(direction, message, passed, i + 1);
        else this.finish(message, passed, failure);
      });
      if (!state.settled) return; // that call goes on
      if (state.failure !== undefined || this.closed)
        return this.finish(message, passed, state.failure);
    }
    this.finish(message, passed, undefined);
  }

  private finish(
    message: ExtensionMessage,
    passed: Passed,
    failure: ExtensionFailure | undefined,
  ): void {
    this.underWay--;
    if (!this.closed) return passed(message, failure);
    if (this.underWay === 0) this.free();
  }

  private free(): void {
    for (const session of this.sessions) closeQuietly(session);
  }
}

/** How a session finished a message. */
interface Outcome {
  settled: boolean;
  failure: ExtensionFailure | undefined;
}

/** Passes a message to a session. Calls `later` if, and only if, the session was not done when this returned. */
function run(
  session: ExtensionSession,
  direction: Direction,
  message: ExtensionMessage,
  later: (failure: ExtensionFailure | undefined) => void,
): Outcome {
  const outcome: Outcome = { settled: false, failure: undefined };
  let returned = false;
  const done = (failure: ExtensionFailure | undefined): void => {
    if (outcome.settled) return;
    outcome.settled = true;
    outcome.failure = failure;
    if (returned) later(failure);
  };
  try {
    session[direction](message, done);
  } catch (cause) {
    done({
      code: "extension-failed",
      message: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  returned = true;
  return outcome;
}

/** Closes a session. Extensions are foreign code: an exception of one must not keep the others, or the connection, from closing. */
export function closeQuietly(session: ExtensionSession): void {
  try {
    session.close();
  } catch {
    // No caller is left to report it to.
  }
}
