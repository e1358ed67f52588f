import { customFields } from "../../handshake/custom-fields.ts";
import { BodyReader } from "../../http/body-reader.ts";
import {
  HEAD_FAILED,
  HEAD_INCOMPLETE,
  type HeadLimits,
  HeadParser,
} from "../../http/head-parser.ts";
import { writeRequestHead } from "../../http/head-writer.ts";
import { isVisibleAscii } from "../../http/tokens.ts";
import type { HeaderInit, OpeningResponse } from "../../opening.ts";
import { ProtocolViolation, UsageError } from "../../violation.ts";

/** The request for a tunnel through a proxy. */
export interface TunnelRequest {
  /** The server to reach, always with a port: `example.com:443`, `[::1]:8080`. */
  readonly authority: string;
  /** The value of `Proxy-Authorization`. @defaultValue none is sent */
  readonly authorization?: string | undefined;
  /** Custom fields; they do not replace the request's own. */
  readonly headers?: HeaderInit | undefined;
}

/** The transport of a {@link Tunnel}, and the outcomes that it emits: one of the two, once. */
export interface TunnelActions {
  write(bytes: Uint8Array): void;
  /** The tunnel is open. `bytes[start, end)` are the server's first bytes through it, lent until the call returns. */
  onOpen(bytes: Uint8Array, start: number, end: number): void;
  /** The proxy refuses, and the head of its response is complete: give the body some time, then call {@link Tunnel.expire}. */
  onRefusal(): void;
  /** The proxy opens no tunnel; close the transport. */
  onViolation(violation: ProtocolViolation): void;
}

/** The request's own; custom fields of these names are dropped, as faye-websocket's first-wins rule has it. */
const reserved: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "proxy-connection",
  "content-length",
  "transfer-encoding",
]);

/**
 * Writes the request for a tunnel, with the fields of faye-websocket in its order (RFC 9110 §9.3.6).
 * @throws {UsageError} for an authority or header that may not be sent.
 */
export function writeTunnelRequest({
  authority,
  authorization,
  headers,
}: TunnelRequest): Uint8Array {
  if (!isVisibleAscii(authority) || !/:\d{1,5}$/.test(authority))
    throw new UsageError(`authority: expected a host and a port, got ${JSON.stringify(authority)}`);
  const fields: [string, string][] = [
    ["Host", authority],
    ["Connection", "keep-alive"],
    ["Proxy-Connection", "keep-alive"],
  ];
  if (authorization !== undefined) fields.push(["Proxy-Authorization", authorization]);
  for (const field of customFields(headers)) {
    const name = field[0].toLowerCase();
    if (!reserved.has(name) && (authorization === undefined || name !== "proxy-authorization"))
      fields.push(field);
  }
  return writeRequestHead("CONNECT", authority, fields);
}

/**
 * Asks an HTTP proxy for a tunnel to a server (RFC 9110 §9.3.6), before the opening request. Any 2xx opens it; other responses
 * are reported with the first 64 KiB of their body. It has no clock: the caller bounds the time.
 *
 * It ignores all input after its outcome.
 */
export class Tunnel {
  private readonly request: Uint8Array;
  private readonly authority: string;
  private readonly actions: TunnelActions;
  private parser: HeadParser | undefined; // until the head of the response is complete, or the tunnel waits no more
  private refused: OpeningResponse | undefined = undefined; // until its body is complete
  private body: BodyReader | undefined = undefined;

  /** @throws {UsageError} for a request that may not be sent. */
  constructor(request: TunnelRequest, actions: TunnelActions, limits: HeadLimits) {
    this.request = writeTunnelRequest(request);
    this.authority = request.authority;
    this.actions = actions;
    this.parser = new HeadParser("response", limits);
  }

  /** Sends the request. Call it once, first. */
  open(): void {
    this.actions.write(this.request);
  }

  /** Reads bytes of the proxy, which are lent until the call returns. */
  receive(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const { parser } = this;
    if (parser === undefined) return this.receiveBody(bytes, start, end);
    const at = parser.push(bytes, start, end);
    if (at === HEAD_INCOMPLETE) return;
    this.parser = undefined;
    if (at === HEAD_FAILED)
      return this.fail(`The proxy's answer is not HTTP: ${parser.failure!.message}`);
    const { response } = parser;
    if (response.status >= 200 && response.status < 300) return this.actions.onOpen(bytes, at, end);
    this.refused = response;
    this.body = new BodyReader(response);
    this.receiveBody(bytes, at, end);
    if (this.refused !== undefined) this.actions.onRefusal();
  }

  /** The proxy ended its side, or the transport is gone. */
  receiveEnd(): void {
    if (this.parser !== undefined)
      this.fail(`The proxy ended the connection before it answered CONNECT ${this.authority}`);
    else this.expire();
  }

  /** The time for the body of a refusal is over. */
  expire(): void {
    const { refused, body } = this;
    if (refused === undefined) return;
    this.refused = undefined;
    const { status, statusText } = refused;
    const response = { ...refused, body: body!.take() };
    const text =
      `The proxy refused to connect to ${this.authority}: ${status} ${statusText}`.trimEnd();
    this.actions.onViolation(new ProtocolViolation("proxy-refused", text, { response }));
  }

  private receiveBody(bytes: Uint8Array, start: number, end: number): void {
    if (this.refused !== undefined && this.body!.push(bytes, start, end)) this.expire();
  }

  private fail(text: string): void {
    this.parser = undefined;
    this.actions.onViolation(new ProtocolViolation("proxy-refused", text));
  }
}
