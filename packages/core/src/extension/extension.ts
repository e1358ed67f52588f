/**
 * The interface of extensions (RFC 6455 §9): a negotiation, and for each connection that agrees a session that changes
 * messages on their way. Extensions change whole messages, not frames.
 */
import type { ViolationCode } from "../violation.ts";

/** A flag is `true`; a decimal number is a number; all else is text. */
export type ParameterValue = string | number | true;

/** Parameters of one extension by name, in order; one that was repeated has all its values. */
export type ExtensionParameters = ReadonlyMap<string, ParameterValue | readonly ParameterValue[]>;

/** A message on its way through extensions, which may change or replace it. */
export interface ExtensionMessage {
  /** 1 for text, 2 for binary. */
  readonly opcode: 1 | 2;
  /** The reserved bits of its first frame, RSV1 being 4 (RFC 6455 §5.2). */
  rsv: number;
  /** The payload. Incoming: memory the session may keep. Outgoing: the caller's, to be read only. */
  data: Uint8Array;
  /** Outgoing: whether the sender allows compression. */
  readonly compress: boolean;
}

/** The failure of a session in one direction. */
export interface ExtensionFailure {
  readonly code: ViolationCode;
  /** A text for people. Left out: the violation's own text. */
  readonly message?: string;
  /** The underlying error. */
  readonly cause?: unknown;
}

/** Reports the outcome, once: later calls are ignored. `undefined` is success, with the message changed in place. */
export type Done = (failure: ExtensionFailure | undefined) => void;

/**
 * One connection's part of an extension. `incoming` and `outgoing` are each called with one message at a time: the
 * next comes when the one before is done, so a session needs no queue. Calling `done` at once is the fast path: no queue at all.
 */
export interface ExtensionSession {
  /** Whether incoming messages without its reserved bits bypass it, and may be delivered in fragments. */
  readonly onlyMarked: boolean;
  incoming(message: ExtensionMessage, done: Done): void;
  outgoing(message: ExtensionMessage, done: Done): void;
  /**
   * The change to outgoing messages, where it depends on each message alone, not on the connection or its earlier messages: prepared messages
   * are changed once for all sessions with the same object. Left out, each session changes them itself.
   */
  readonly form?: OutgoingForm | undefined;
  /** Frees its resources. Called once, when no message is in it in either direction. */
  close(): void;
}

/** A change to outgoing messages that sessions share. */
export interface OutgoingForm {
  /** Makes a session for this change: it receives one outgoing message and is closed. */
  open(): ExtensionSession;
}

/** The connection's limits for a session. */
export interface SessionLimits {
  /** The largest message a session may make of an incoming one, in bytes: enforce it while the message grows. */
  readonly maxMessageSize: number;
}

/** The client's part of one negotiation. */
export interface ClientOffer {
  /** Alternatives in order of preference, each as parameters; an empty list offers nothing. */
  readonly parameters: readonly ExtensionParameters[];
  /** Makes a session for the server's parameters; `undefined` where they are unacceptable. */
  activate(answer: ExtensionParameters): ExtensionSession | undefined;
  /** Called where the server has not chosen this extension. */
  decline?(): void;
}

/** A server's acceptance of one of a client's offers. */
export interface ServerAnswer {
  readonly parameters: ExtensionParameters;
  readonly session: ExtensionSession;
}

/** An extension for the option `extensions`. One object serves any number of connections. */
export interface Extension {
  /** The registered token: `permessage-deflate`. */
  readonly name: string;
  /** The reserved bits it uses, RSV1 being 4. Two extensions that share one cannot both be active. */
  readonly rsv: number;
  /** Client: begins a negotiation. */
  offer(limits: SessionLimits): ClientOffer;
  /** Server: chooses one of all offers of this name, which come in the client's order; `undefined` accepts none. */
  accept(offers: readonly ExtensionParameters[], limits: SessionLimits): ServerAnswer | undefined;
}
