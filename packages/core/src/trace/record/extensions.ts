import type {
  ClientOffer,
  Done,
  Extension,
  ExtensionFailure,
  ExtensionMessage,
  ExtensionParameters,
  ExtensionSession,
  ServerAnswer,
  SessionLimits,
} from "../../extension/extension.ts";
import type { TraceValue } from "../format.ts";
import { bytesValue } from "../values.ts";
import { INPUT, type Recording } from "./recording.ts";

/** The direction of a message through an extension. */
type Direction = "incoming" | "outgoing";

/** Returns the written form of parameters. */
function parametersValue(parameters: ExtensionParameters): TraceValue {
  return Array.from(parameters, ([name, value]) => [name, value as TraceValue]);
}

/**
 * Wraps the extensions of one connection and records their offers, answers and results. The runtime
 * computes them, not the machine. The same bytes compress differently on Node and Bun.
 */
export function recordExtensions(
  extensions: readonly Extension[],
  log: Recording,
): readonly Extension[] {
  return extensions.map((extension) => new RecordedExtension(extension, log));
}

/** Wraps the sessions of a connection whose handshake another library did. Their indexes name them. */
export function recordSessions(
  sessions: readonly ExtensionSession[],
  log: Recording,
): readonly ExtensionSession[] {
  return sessions.map((session, index) => new RecordedSession(`#${index}`, session, log));
}

class RecordedExtension implements Extension {
  readonly name: string;
  readonly rsv: number;
  private readonly inner: Extension;
  private readonly log: Recording;

  constructor(inner: Extension, log: Recording) {
    this.name = inner.name;
    this.rsv = inner.rsv;
    this.inner = inner;
    this.log = log;
  }

  offer(limits: SessionLimits): ClientOffer {
    const { inner, log, name } = this;
    const offer = inner.offer(limits);
    log.take("extension.offer", [name, offer.parameters.map(parametersValue)]);
    return {
      parameters: offer.parameters,
      activate: (answer) => {
        const session = offer.activate(answer);
        log.take("extension.activate", [name, session !== undefined, session?.onlyMarked ?? false]);
        return session && new RecordedSession(name, session, log);
      },
      decline: () => offer.decline?.(),
    };
  }

  accept(offers: readonly ExtensionParameters[], limits: SessionLimits): ServerAnswer | undefined {
    const { inner, log, name } = this;
    const answer = inner.accept(offers, limits);
    const parameters = answer === undefined ? null : parametersValue(answer.parameters);
    log.take("extension.accept", [name, parameters, answer?.session.onlyMarked ?? false]);
    return (
      answer && {
        parameters: answer.parameters,
        session: new RecordedSession(name, answer.session, log),
      }
    );
  }
}

/** Records the results of a session. It has no `form`: a result shared between connections would be in one trace only. */
class RecordedSession implements ExtensionSession {
  readonly onlyMarked: boolean;
  private readonly name: string;
  private readonly inner: ExtensionSession;
  private readonly log: Recording;

  constructor(name: string, inner: ExtensionSession, log: Recording) {
    this.onlyMarked = inner.onlyMarked;
    this.name = name;
    this.inner = inner;
    this.log = log;
  }

  incoming(message: ExtensionMessage, done: Done): void {
    this.pass("incoming", message, done);
  }

  outgoing(message: ExtensionMessage, done: Done): void {
    this.pass("outgoing", message, done);
  }

  close(): void {
    this.inner.close();
  }

  private pass(direction: Direction, message: ExtensionMessage, done: Done): void {
    const { data, rsv } = message;
    const { log, name } = this;
    let settled = false;
    let returned = false;
    const finish: Done = (failure) => {
      if (settled) return;
      settled = true;
      const values = resultValues(name, direction, message, data, rsv, failure);
      if (!returned) {
        log.take("extension.done", values);
        return done(failure);
      }
      log.around(INPUT, "extension.done", values, () => {
        done(failure);
      });
    };
    try {
      this.inner[direction](message, finish);
    } catch (cause) {
      finish({
        code: "extension-failed",
        message: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
    returned = true;
  }
}

/** Returns the result for a message: its reserved bits and payload, where changed, or the failure. */
function resultValues(
  name: string,
  direction: Direction,
  message: ExtensionMessage,
  data: Uint8Array,
  rsv: number,
  failure: ExtensionFailure | undefined,
): TraceValue[] {
  if (failure !== undefined)
    return [name, direction, { failure: failure.code, message: failure.message ?? null }];
  if (message.data === data && message.rsv === rsv) return [name, direction, null];
  return [name, direction, { rsv: message.rsv, data: bytesValue(message.data) }];
}
