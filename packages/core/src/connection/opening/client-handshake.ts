import type { Dialect } from "../../dialect/dialect.ts";
import { toBase64 } from "../../digest/base64.ts";
import { rfc6455, rfc8441 } from "../../dialect/hybi.ts";
import { ClientOffers } from "../../extension/negotiate.ts";
import { connectSection } from "../../handshake/extended-connect.ts";
import { writeOpeningRequest } from "../../handshake/request.ts";
import {
  type ResponseProblem,
  type Verified,
  verifyConnected,
  verifyResponse,
} from "../../handshake/verify.ts";
import { BodyReader } from "../../http/body-reader.ts";
import { HEAD_FAILED, HEAD_INCOMPLETE, HeadParser } from "../../http/head-parser.ts";
import type { Head } from "../../http/header-section.ts";
import type { ClientRequest, OpeningResponse } from "../../opening.ts";
import { ProtocolViolation } from "../../violation.ts";
import type { ClientOpening, OpeningHandshake, OpeningHandshakeHost } from "./opening-handshake.ts";

/** The client's half of the opening handshake (RFC 6455 §4.1): sends the request, checks the response. */
export class ClientHandshake implements OpeningHandshake, ClientOpening {
  readonly head: Head;
  readonly request = undefined;
  private readonly host: OpeningHandshakeHost;
  readonly protocols: readonly string[];
  readonly extensions: ClientOffers;
  readonly key: string;
  private readonly parser: HeadParser;
  private readonly followsRedirects: boolean;
  private refused: OpeningResponse | undefined = undefined;
  private body: BodyReader | undefined = undefined; // of the refusal

  /** @throws {UsageError} for a request that may not be sent. */
  constructor(host: OpeningHandshakeHost, request: ClientRequest) {
    const nonce = new Uint8Array(16);
    host.platform.randomFill(nonce);
    this.host = host;
    this.protocols = request.protocols ?? [];
    this.key = toBase64(nonce);
    this.extensions = new ClientOffers(request.extensions ?? [], host.options);
    const bytes = writeOpeningRequest(request, this.key, this.extensions.field);
    const { http2 } = request;
    this.head =
      http2 === undefined
        ? bytes
        : { fields: connectSection(request, http2.scheme, this.extensions.field), bytes };
    this.parser = new HeadParser("response", host.options);
    this.followsRedirects = request.followsRedirects ?? false;
  }

  get refusal(): ProtocolViolation {
    const response = { ...this.refused!, body: this.body!.take() };
    return new ProtocolViolation("opening-refused", response.status, { response });
  }

  open(): void {
    this.host.dispatch("response.expected");
  }

  discard(): void {
    this.extensions.decline();
  }

  receive(bytes: Uint8Array, start: number, end: number): number {
    return this.body === undefined
      ? this.receiveHead(bytes, start, end)
      : this.receiveBody(bytes, start, end);
  }

  private receiveHead(bytes: Uint8Array, start: number, end: number): number {
    const { parser } = this;
    const at = parser.push(bytes, start, end);
    if (at === HEAD_INCOMPLETE) return end;
    if (at === HEAD_FAILED) {
      this.refuse(parser.failure!.message + spokenInstead(bytes, start), undefined, "violation");
      return end;
    }
    const { response } = parser;
    if (response.status !== 101) {
      this.receiveRefusal(response);
      return this.receiveBody(bytes, at, end);
    }
    this.judge(response, verifyResponse(response, this), rfc6455);
    return at;
  }

  /** Reads an HTTP/2 response: it comes as fields, and any status of success opens (RFC 9113 §8.5). */
  receiveResponse(response: OpeningResponse): void {
    if (this.body !== undefined) return;
    if (response.status >= 200 && response.status < 300)
      this.judge(response, verifyConnected(response, this), rfc8441);
    else {
      this.receiveRefusal(response);
      this.receiveBody(EMPTY, 0, 0);
    }
    this.host.proceed();
  }

  private receiveRefusal(response: OpeningResponse): void {
    this.refused = response;
    this.body = new BodyReader(response);
    this.host.dispatch("response.refused");
  }

  private receiveBody(bytes: Uint8Array, start: number, end: number): number {
    if (
      this.body!.push(bytes, start, end) ||
      (this.followsRedirects && isRedirect(this.refused!))
    ) {
      this.host.fail(this.refusal);
      this.host.dispatch("handshake.rejected");
    }
    return end;
  }

  private judge(
    response: OpeningResponse,
    verdict: Verified | ResponseProblem,
    dialect: Dialect,
  ): void {
    if ("message" in verdict) this.refuse(verdict.message, response, "handshake.rejected");
    else this.host.opened({ ...verdict, dialect });
  }

  private refuse(
    message: string,
    response: OpeningResponse | undefined,
    event: "handshake.rejected" | "violation",
  ): void {
    const text = message.startsWith(PREFIX) ? message : PREFIX + message;
    this.host.fail(new ProtocolViolation("handshake-failed", text, { response }));
    this.host.dispatch(event);
  }
}

/** Returns whether `response` redirects the client (RFC 9110 §15.4). */
export const isRedirect = ({ status, headers }: OpeningResponse): boolean =>
  REDIRECTS.has(status) && headers.get("location") !== undefined;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Returns the protocol of a response that begins so: an alert of TLS (RFC 8446 §5.1), or the settings of HTTP/2 (RFC 9113 §3.4). */
function spokenInstead(bytes: Uint8Array, start: number): string {
  if (bytes[start] === 21) return " (the server speaks TLS: is wss: meant?)";
  return bytes[start] === 0 && bytes[start + 3] === 4
    ? " (the server speaks HTTP/2: is that wanted?)"
    : "";
}

const EMPTY = new Uint8Array(0);
const PREFIX = "Error during WebSocket handshake: ";
