import type { Buffer } from "node:buffer";
import type { OpeningResponse } from "../../opening.ts";
import { answerOf, bodyOf, headerRecord } from "../events/refusing-response.ts";
import type { CloseEvent, ErrorEvent } from "../events/event.ts";
import { withoutUser } from "../transport/network-error.ts";
import { holdReading, releaseReading } from "./hold-reading.ts";
import { keepUntaken } from "./receiving/untaken.ts";
import { SESSION, type Session } from "./session.ts";

/** The part of a `WebSocket` that {@link opened} uses. */
export interface OpeningSocket {
  readonly url: string;
  readonly [SESSION]: Session;
  on(type: "open", listener: () => void): this;
  on(type: "error", listener: (event: ErrorEvent) => void): this;
  on(type: "close", listener: (event: CloseEvent) => void): this;
  off(type: "open", listener: () => void): this;
  off(type: "error", listener: (event: ErrorEvent) => void): this;
  off(type: "close", listener: (event: CloseEvent) => void): this;
  terminate(): void;
}

/** Why a client could not connect. `cause` is the transport's error or the `ProtocolViolation`, if there is one. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** Stable: the system's (`"ECONNREFUSED"`), a violation's (`"opening-refused"`, `"proxy-refused"`, `"handshake-timeout"`), or `"closed"`. */
  readonly code: string;
  /** The response that refused, if there is one: the server's, or the proxy's if `code` is `"proxy-refused"`. */
  readonly response: OpeningResponse | undefined;

  constructor(
    message: string,
    code: string,
    response: OpeningResponse | undefined,
    cause: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.response = response;
  }

  /** The status of that response. */
  get status(): number | undefined {
    return this.response?.status;
  }

  /** The header fields of that response by lower-case name; repeated ones are joined by `", "`. */
  get headers(): Record<string, string> | undefined {
    return this.response && headerRecord(this.response.headers);
  }

  /** The first 64 KiB of that response's body, or the part that came in time. */
  get body(): Buffer | undefined {
    return bodyOf(this.response);
  }
}

/**
 * Resolves with `socket`, a client's that is connecting, once it is open. From then on it keeps messages until the application takes them.
 *
 * A server may send at once, and its message can stand in the chunk that opened: the socket holds messages until code that awaits
 * the promise has run.
 *
 * @param later calls back once that code has run: in Node, `setImmediate`
 * @param signal ends the attempt
 * @returns rejects with a {@link ConnectError}, or with the reason of `signal`.
 */
export function opened<S extends OpeningSocket>(
  socket: S,
  later: (callback: () => void) => void,
  signal?: AbortSignal,
): Promise<S> {
  keepUntaken(socket[SESSION]);
  return whenOpen(socket, later, signal);
}

/** Does the same for a socket of the compatible constructor, which keeps messages no longer than that. */
export function whenOpen<S extends OpeningSocket>(
  socket: S,
  later: (callback: () => void) => void,
  signal?: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    let failure: ErrorEvent | undefined;
    const fail = (event: ErrorEvent): void => {
      failure = event;
    };
    const abort = (): void => {
      socket.terminate();
    };
    const settle = (): void => {
      socket.off("open", open).off("error", fail).off("close", close);
      signal?.removeEventListener("abort", abort);
    };
    function open(): void {
      settle();
      hold(socket, later);
      resolve(socket);
    }
    function close(event: CloseEvent): void {
      settle();
      reject(signal?.aborted ? signal.reason : errorOf(socket, event, failure));
    }
    socket.on("open", open).on("error", fail).on("close", close);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
  });
}

/** The text for a connection that ended without an answer. Some servers, such as mosquitto and libwebsockets, end so if they do not know the subprotocol. */
const noAnswer = (offered: string): string =>
  ` (it ended before the server answered: ${
    offered === ""
      ? "does it want a subprotocol, of which none was offered,"
      : `does it know the subprotocol ${offered},`
  } does it speak WebSocket there, does it want wss:, or a certificate of the client's?)`;

/** Makes the error of a client's socket that closed before it was open. */
export function errorOf(
  socket: OpeningSocket,
  { code, reason }: CloseEvent,
  failure: ErrorEvent | undefined,
): ConnectError {
  const message =
    failure?.message ??
    `${withoutUser(socket.url)} was closed before it opened: ${code}${reason && ` ${reason}`}${code === 1006 ? noAnswer(socket[SESSION].offered) : ""}`;
  return new ConnectError(
    message,
    failure?.code ?? "closed",
    answerOf(failure?.error) ?? socket[SESSION].response,
    failure?.error,
  );
}

/** Holds messages until `later`. If the application pauses meanwhile, they stay held. */
export function hold(
  { [SESSION]: session }: Pick<OpeningSocket, typeof SESSION>,
  later: (callback: () => void) => void,
): void {
  const holder = {};
  holdReading(session, holder);
  later(() => {
    releaseReading(session, holder);
  });
}
