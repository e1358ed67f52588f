import type { Choice, Refusal } from "../../opening.ts";
import { suggestion } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import type { RequestHead } from "./request-head.ts";
import { checkRefusal, type FetchResponse, isFetchResponse, readResponse } from "./refusal.ts";

/** How an application accepts: the handshake's terms, and a context that the socket then carries. */
export interface Acceptance<Context = unknown> extends Choice {
  /** What the handlers find as `socket.context`. */
  readonly context?: Context;
}

/**
 * What an application decides about an opening request: nothing, or an {@link Acceptance}, accepts; a {@link Refusal} (anything with a
 * `status`, a fetch `Response` too) answers in HTTP; `false` refuses with 403.
 */
export type Decision<Context = unknown> =
  Acceptance<Context> | Refusal | FetchResponse | false | undefined | void;

/** The part of a connection that a decision is carried out on. */
interface Answerable {
  readonly state: string;
  accept(choice: Choice): void;
  reject(refusal: Refusal): void;
}

/** What carries a decision out. */
export interface Decider {
  readonly connection: Answerable;
  /** What holds where the decision says nothing else. */
  readonly choice: Choice;
  /** The application may be asked, after what the library decides by itself. */
  readonly decide: () => Decision | PromiseLike<Decision>;
  /** Takes the context of an acceptance, before the connection opens. */
  readonly accepted: (context: unknown) => void;
  /** Called with what `decide` throws; the client is answered 500. */
  readonly failed: (error: unknown) => void;
}

const ACCEPTED = ["protocols", "headers", "extensions", "drafts", "origins", "context"];

/** Asks the application, and answers the opening as it decides, now or when its promise settles. */
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

/** Returns a promise where the answer takes time. */
function answer(decider: Decider, given: Decision): void | Promise<void> {
  const { connection, choice, accepted } = decider;
  const decision = checkDecision(given);
  // The client may have gone while the application was thinking.
  if (connection.state !== "connecting") return undefined;
  if (decision === false) return connection.reject({ status: 403 });
  if (decision && isFetchResponse(decision))
    return readResponse(decision).then((refusal) => answer(decider, refusal));
  if (decision && "status" in decision) {
    checkRefusal("upgrade", decision);
    return connection.reject(decision);
  }
  const { context, ...terms }: Acceptance = decision ?? {};
  accepted(context);
  return connection.accept({ ...choice, ...terms });
}

/** Nothing that is not clearly an acceptance may open a socket. @throws {UsageError} for what is none of the three. */
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

/** Asks about an opening request. */
export type Upgrader<Context = unknown> = (
  request: RequestHead,
) => Decision<Context> | PromiseLike<Decision<Context>>;
