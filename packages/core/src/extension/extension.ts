/**
 * What an extension is (RFC 6455 §9): a negotiation, and for each connection that agrees a session that changes
 * messages on their way. Extensions change whole messages; frames are not theirs.
 */
import type { ViolationCode } from "../violation.ts";

/** A flag is `true`; what looks like a decimal number is one; all else is text. */
export type ParameterValue = string | number | true;

/** Parameters of one extension by name, in order; one that was repeated has all its values. */
export type ExtensionParameters = ReadonlyMap<string, ParameterValue | readonly ParameterValue[]>;

/** A message on its way through extensions. It is theirs to change or replace. */
export interface ExtensionMessage {
  /** 1 for text, 2 for binary. */
  readonly opcode: 1 | 2;
  /** The reserved bits of its first frame, RSV1 being 4 (RFC 6455 §5.2). */
  rsv: number;
  /** The payload. Incoming: memory the session may keep. Outgoing: the caller's, to be read only. */
  data: Uint8Array;
  /** Outgoing: whether the sender allows it to be compressed. */
  readonly compress: boolean;
}

/** Why a session cannot go on with a direction. */
export interface ExtensionFailure {
  readonly code: ViolationCode;
  /** For people; the violation's own text where there is none. */
  readonly message?: string;
  /** What went wrong beneath. */
  readonly cause?: unknown;
}

/** Tells the outcome, exactly once: later calls are ignored. `undefined` is success, the message being changed in place. */
export type Done = (failure: ExtensionFailure | undefined) => void;

/**
 * One connection's part of an extension. `incoming` and `outgoing` are each called with one message at a time: the
 * next comes when the one before is done, so a session needs no queue. Done at once is the fast path, which takes none at all.
 */
export interface ExtensionSession {
  /** Whether incoming messages without its reserved bits are none of its business, and may be delivered as they come. */
  readonly onlyMarked: boolean;
  incoming(message: ExtensionMessage, done: Done): void;
  outgoing(message: ExtensionMessage, done: Done): void;
  /**
   * How it changes outgoing messages, where that depends on each message alone, and not on the connection or what it sent before: prepared messages
   * are changed once for all sessions that give the same object. Left out, each session changes them itself.
   */
  readonly form?: OutgoingForm | undefined;
  /** Called once, when nothing of either direction is under way. Frees what it holds. */
  close(): void;
}

/** A way to change outgoing messages that sessions have in common. */
export interface OutgoingForm {
  /** A session that changes them this way. It is given one outgoing message, and closed. */
  open(): ExtensionSession;
}

/** What a session is told of its connection. */
export interface SessionLimits {
  /** The largest message a session may make of an incoming one, in bytes: to be enforced while it grows. */
  readonly maxMessageSize: number;
}

/** A client's side of one negotiation. */
export interface ClientOffer {
  /** Alternatives in order of preference, each as parameters; none means: not offered. */
  readonly parameters: readonly ExtensionParameters[];
  /** The server's answer. Returns `undefined` where its parameters are unacceptable. */
  activate(answer: ExtensionParameters): ExtensionSession | undefined;
  /** The server has not chosen this extension. */
  decline?(): void;
}

/** A server's acceptance of one of a client's offers. */
export interface ServerAnswer {
  readonly parameters: ExtensionParameters;
  readonly session: ExtensionSession;
}

/** An extension that connections may be given. One object serves any number of connections. */
export interface Extension {
  /** The registered token: `permessage-deflate`. */
  readonly name: string;
  /** The reserved bits it uses, RSV1 being 4. Two extensions that share one cannot both be active. */
  readonly rsv: number;
  /** Client: what to offer. */
  offer(limits: SessionLimits): ClientOffer;
  /** Server: answers all offers of this name, in the client's order; `undefined` accepts none. */
  accept(offers: readonly ExtensionParameters[], limits: SessionLimits): ServerAnswer | undefined;
}
