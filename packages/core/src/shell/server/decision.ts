import type { Choice, Refusal } from "../../opening.ts";
import { suggestion } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import type { RequestHead } from "./request-head.ts";
import {
  checkRefusal,
  checkUnread,
  type FetchResponse,
  isFetchResponse,
  readResponse,
} from "./refusal.ts";

/** An application's acceptance: the handshake result, and a context that the socket then carries. */
export interface Acceptance<Context = unknown> extends Choice {
  /** The handlers find it as `socket.context`. */
  readonly context?: Context;
}

/**
 * An application's decision about an opening request: nothing, or an {@link Acceptance}, accepts; a {@link Refusal} (anything with a
 * `status`, a fetch `Response` too) answers in HTTP; `false` refuses with 403.
 */
export type Decision<Context = unknown> =
  Acceptance<Context> | Refusal | FetchResponse | false | undefined | void;

/** The part of a connection that a decision uses. */
export interface Answerable {
  readonly state: string;
  accept(choice: Choice): void;
  reject(refusal: Refusal): void;
}

/** The input of {@link answerOpening}. */
export interface Decider {
  readonly connection: Answerable;
  /** The defaults for an acceptance. */
  readonly choice: Choice;
  /** The application decides, after the library's own checks. */
  readonly decide: () => Decision | PromiseLike<Decision>;
  /** Takes the context of an acceptance, before the connection opens. */
  readonly accepted: (context: unknown) => void;
  /** Called with the error of `decide`; the client gets 500. */
  readonly failed: (error: unknown) => void;
}

const ACCEPTED = ["protocols", "headers", "extensions", "drafts", "origins", "context"];

/** Answers an opening request as the application decides, now or when its promise settles. */
export function answerOpening(decider: Decider): void {
  const { connection, decide, failed } = decider;
  const fail = (error: unknown): void => {
    if (connection.state === "connecting") connection.reject({ status: 500 });
    failed(error);
  };
  try {
    const decision = decide();
    const answered = isPromise(decision)
      ? decision.then((decided) => answer(decider, decided))
      : answer(decider, decision);
    answered?.then(undefined, fail);
  } catch (error) {
    fail(error);
  }
}

/** Carries a decision out. Returns a promise if that takes time. */
function answer(decider: Decider, given: Decision): void | Promise<void> {
  const { connection, choice, accepted } = decider;
  const decision = checkDecision(given);
  // The client may have left while the application decided.
  if (connection.state !== "connecting") return undefined;
  if (decision === false) return connection.reject({ status: 403 });
  if (decision && isFetchResponse(decision)) {
    checkUnread("upgrade", decision);
    return readResponse(decision).then((refusal) => answer(decider, refusal));
  }
  if (decision && "status" in decision) {
    checkRefusal("upgrade", decision);
    return connection.reject(decision);
  }
  const { context, ...terms }: Acceptance = decision ?? {};
  accepted(context);
  return connection.accept({ ...choice, ...terms });
}

/** Checks that a value is a decision: only a clear acceptance may open a socket. @throws {UsageError} for any other value. */
function checkDecision(decision: unknown): Decision {
  if (decision === undefined || decision === false) return decision;
  if (typeof decision === "object" && decision !== null) {
    if (isFetchResponse(decision) || typeof (decision as { status?: unknown }).status === "number")
      return decision as Decision;
    const unknown = Object.keys(decision).find((name) => !ACCEPTED.includes(name));
    if (unknown === undefined && Object.prototype.toString.call(decision) === "[object Object]")
      return decision as Decision;
  }
  throw new UsageError(
    `upgrade: expected nothing or { context, protocols, headers } to accept, { status } or a Response to refuse, or false; got ${shown(decision)}`,
  );
}

function shown(decision: unknown): string {
  if (typeof decision !== "object" || decision === null)
    return typeof decision === "string" ? JSON.stringify(decision) : String(decision);
  const names = Object.keys(decision);
  const wrong = names.find((name) => !ACCEPTED.includes(name));
  const hint = wrong === undefined ? "" : suggestion(wrong, [...ACCEPTED, "status"]);
  return `{ ${names.join(", ")} }${hint.includes("meant") ? hint : ""}`;
}

const isPromise = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === "function";

/** Decides about an opening request. */
export type Upgrader<Context = unknown> = (
  request: RequestHead,
) => Decision<Context> | PromiseLike<Decision<Context>>;
