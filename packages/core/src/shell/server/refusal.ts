import { checkSlips } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import { refuseConnect } from "../../handshake/extended-connect.ts";
import { writeRefusal } from "../../handshake/response.ts";
import type { HeaderFields, OpeningRequest, Refusal } from "../../opening.ts";
import type { DriverListener } from "../websocket/driver.ts";
import { driveServer } from "../websocket/driving/drive.ts";
import type { DuplexLike } from "../transport/duplex.ts";
import { isHttp2Stream } from "../transport/http2.ts";
import { own, refuseAnswered } from "../transport/ownership.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** The part of a fetch `Response` that a refusal uses. */
export interface FetchResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  arrayBuffer(): PromiseLike<ArrayBuffer>;
}

/** Fields that delimit a response; the connection writes its own. */
const DELIMITING: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
]);

export const isFetchResponse = (answer: object): answer is FetchResponse =>
  "arrayBuffer" in answer && typeof answer.arrayBuffer === "function";

/** @throws {UsageError} for a name that is a slip of a refusal's: whatever has a `status` is one. */
export function checkRefusal(what: string, refusal: object): void {
  checkSlips(what, refusal, ["status", "statusText", "headers", "body"]);
}

/** @throws {UsageError} for a response whose body has been read, or is being read: it cannot be sent any more. */
export function checkUnread(what: string, response: object): void {
  const { bodyUsed, body } = response as Partial<Pick<Response, "bodyUsed" | "body">>;
  if (bodyUsed !== true && body?.locked !== true) return;
  throw new UsageError(
    `${what}: the Response's body ${bodyUsed === true ? "has been read" : "is locked to a reader"} already; return a new one, or response.clone() before it is read`,
  );
}

/** Reads a fetch `Response` as a refusal. */
export async function readResponse(response: FetchResponse): Promise<Refusal> {
  const { status, statusText } = response;
  const headers = [...response.headers].filter(([name]) => !DELIMITING.has(name.toLowerCase()));
  const body = new Uint8Array(await response.arrayBuffer());
  return { status, headers, body, ...(statusText === "" ? {} : { statusText }) };
}

/**
 * Refuses an opening request that an HTTP server has parsed, by an HTTP response on `duplex`, and ends the connection.
 * It ignores a duplex that is gone already.
 * @throws {UsageError} for a response that cannot be sent; then nothing has been written. If the body of a fetch `Response` fails
 *   later, it reports the error, and the client gets 500.
 */
export function rejectDuplex(
  runtime: Runtime,
  duplex: DuplexLike | null | undefined,
  answer: Refusal | FetchResponse,
): void {
  if (typeof (answer as Partial<Refusal> | null)?.status !== "number" || isDuplex(answer))
    throw new UsageError(
      `reject: expected (socket, { status, headers, body }) or (socket, response), got ${isDuplex(answer) ? "the socket second" : String(answer)}`,
    );
  if (isFetchResponse(answer)) checkUnread("reject", answer);
  else {
    checkRefusal("reject", answer);
    if (duplex && isHttp2Stream(duplex)) refuseConnect(answer);
    else writeRefusal(answer);
  }
  refuseAnswered(duplex, "reject()");
  if (duplex === null || duplex === undefined || duplex.destroyed) return;
  own(duplex, "reject()");
  // Bound now: an error of the duplex while a body is read must find a listener.
  const { connection } = driveServer(runtime, duplex, SILENT);
  connection.receiveRequest(isHttp2Stream(duplex) ? NO_CONNECT : NO_REQUEST);
  const reject = (refusal: Refusal): void => {
    if (connection.state === "connecting") connection.reject(refusal);
  };
  if (!isFetchResponse(answer)) return reject(answer);
  readResponse(answer)
    .then(reject)
    .catch((error: unknown) => {
      runtime.reportError(error);
      reject({ status: 500 });
    });
}

const isDuplex = (value: unknown): boolean =>
  typeof (value as { write?: unknown } | null | undefined)?.write === "function";

const NO_FIELDS: HeaderFields = new Map<string, string>();
const NO_REQUEST: OpeningRequest = { method: "", target: "", headers: NO_FIELDS };
const NO_CONNECT: OpeningRequest = { ...NO_REQUEST, protocol: "" };

const ignore = (): void => {};
/** A listener that does nothing. */
const SILENT: DriverListener = {
  onState: ignore,
  onRequest: ignore,
  onOpen: ignore,
  onText: ignore,
  onBinary: ignore,
  onTextParts: ignore,
  onBinaryParts: ignore,
  onFragment: ignore,
  onPing: ignore,
  onPong: ignore,
  onViolation: ignore,
  onClose: ignore,
  onDrain: ignore,
  onTransportError: ignore,
};
