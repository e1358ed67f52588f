import { toBase64 } from "../digest/base64.ts";
import { rfc6455 } from "../dialect/hybi.ts";
import { ClientOffers } from "../extension/negotiate.ts";
import { writeOpeningRequest } from "../handshake/request.ts";
import { verifyResponse } from "../handshake/verify.ts";
import { HEAD_FAILED, HEAD_INCOMPLETE, HeadParser } from "../http/head-parser.ts";
import type { ClientRequest, OpeningResponse } from "../opening.ts";
import { ProtocolViolation } from "../violation.ts";
import type { OpeningHost, OpeningSide } from "./opening-side.ts";

/** The client's half of the opening handshake (RFC 6455 §4.1): sends the request, checks the answer. */
export class ClientSide implements OpeningSide {
  readonly head: Uint8Array;
  readonly request = undefined;
  private readonly host: OpeningHost;
  readonly protocols: readonly string[];
  readonly extensions: ClientOffers;
  readonly key: string;
  private readonly parser: HeadParser;

  /** @throws {UsageError} for a request that may not be sent as it is. */
  constructor(host: OpeningHost, request: ClientRequest) {
    const nonce = new Uint8Array(16);
    host.platform.randomFill(nonce);
    this.host = host;
    this.protocols = request.protocols ?? [];
    this.key = toBase64(nonce);
    this.extensions = new ClientOffers(request.extensions ?? [], host.options);
    this.head = writeOpeningRequest(request, this.key, this.extensions.field);
    this.parser = new HeadParser("response", host.options);
  }

  receive(bytes: Uint8Array, start: number, end: number): number {
    const { parser } = this, at = parser.push(bytes, start, end);
    if (at === HEAD_INCOMPLETE) return end;
    if (at === HEAD_FAILED) {
      this.refuse(parser.failure!.message, undefined, "violation");
      return end;
    }
    this.judge(parser.response);
    return at;
  }

  private judge(response: OpeningResponse): void {
    const verdict = verifyResponse(response, this);
    if ("message" in verdict) this.refuse(verdict.message, response, "handshake.rejected");
    else this.host.opened({ ...verdict, dialect: rfc6455 });
  }

  private refuse(message: string, response: OpeningResponse | undefined, event: "handshake.rejected" | "violation"): void {
    const text = message.startsWith(PREFIX) ? message : PREFIX + message;
    this.host.fail(new ProtocolViolation("handshake-failed", text, { response }));
    this.host.happen(event);
  }
}

const PREFIX = "Error during WebSocket handshake: ";
