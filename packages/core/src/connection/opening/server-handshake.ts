import { selectDialect } from "../../dialect/select.ts";
import { refuseConnect } from "../../handshake/extended-connect.ts";
import type { HandshakeProblem } from "../../handshake/problem.ts";
import { originProblem } from "../../handshake/origin.ts";
import { writeRefusal } from "../../handshake/response.ts";
import { HEAD_FAILED, HEAD_INCOMPLETE, HeadParser } from "../../http/head-parser.ts";
import type { Head } from "../../http/header-section.ts";
import type { Choice, OpeningRequest, Refusal } from "../../opening.ts";
import { ProtocolViolation, UsageError } from "../../violation.ts";
import type { OpeningHandshake, OpeningHandshakeHost, ServerOpening } from "./opening-handshake.ts";

const EMPTY = new Uint8Array(0);

/** The server's half of the opening handshake (RFC 6455 §4.2): reads the request, writes the response that the application chooses. */
export class ServerHandshake implements OpeningHandshake, ServerOpening {
  head: Head = EMPTY;
  request: OpeningRequest | undefined = undefined;
  private readonly host: OpeningHandshakeHost;
  private secure = false; // the request parsed here came by TLS
  private parser: HeadParser | undefined = undefined; // where no HTTP server parses the request
  private body: OpeningBody | undefined = undefined; // where the dialect has one

  constructor(host: OpeningHandshakeHost) {
    this.host = host;
  }

  expectRequest(secure = false): void {
    this.secure = secure;
    this.host.dispatch("request.expected");
    this.host.proceed(); // the body may have arrived already
  }

  receive(bytes: Uint8Array, start: number, end: number): number {
    return this.body === undefined
      ? this.receiveHead(bytes, start, end)
      : this.body.receive(bytes, start, end);
  }

  private receiveHead(bytes: Uint8Array, start: number, end: number): number {
    const parser = (this.parser ??= new HeadParser("request", this.host.options));
    const at = parser.push(bytes, start, end);
    if (at === HEAD_INCOMPLETE) return end;
    if (at === HEAD_FAILED) {
      this.refuse(parser.failure!);
      return end;
    }
    this.parser = undefined;
    this.receiveRequest(this.secure ? { ...parser.request, secure: true } : parser.request);
    return at;
  }

  receiveRequest(request: OpeningRequest): void {
    this.request = request;
    this.host.dispatch("request.received");
  }

  accept(choice: Choice = {}): void {
    const request = this.pending("accept");
    const dialect = selectDialect(request, choice.drafts ?? false);
    if ("status" in dialect) return this.refuse(dialect);
    const problem = originProblem(request, choice.origins ?? "*");
    if (problem !== undefined) return this.refuse(problem);
    const answer = dialect.respond(request, choice, this.host.options);
    if ("status" in answer) return this.refuse(answer);
    const { opening, chain, body } = answer;
    const terms = { opening, dialect, chain };
    this.request = undefined;
    this.head = answer.section ?? answer.bytes;
    if (body === undefined) return this.host.opened(terms);
    this.body = new OpeningBody(body.size, (bytes) => {
      this.head = body.answer(bytes);
      this.host.opened(terms);
    });
    this.host.dispatch("handshake.begun");
    this.host.proceed();
  }

  reject(refusal: Refusal): void {
    this.head = headOf(refusal, this.pending("reject"));
    this.request = undefined;
    this.host.dispatch("handshake.rejected");
  }

  /** The request that waits for a response. */
  private pending(command: string): OpeningRequest {
    if (this.request === undefined)
      throw new UsageError(`${command}: there is no opening request to answer`);
    return this.request;
  }

  private refuse(problem: HandshakeProblem): void {
    const decided = this.request !== undefined;
    this.head = headOf(problem, this.request);
    this.request = undefined;
    this.host.fail(new ProtocolViolation("handshake-failed", problem.message));
    this.host.dispatch(decided ? "handshake.rejected" : "violation");
  }
}

/** Writes a refusal in the HTTP version of the request. */
const headOf = (refusal: Refusal | HandshakeProblem, request: OpeningRequest | undefined): Head =>
  request?.protocol === undefined ? writeRefusal(refusal) : refuseConnect(refusal);

/** Reads the body of the opening request, after its head. Through a proxy it comes only after our head. */
class OpeningBody {
  private readonly bytes: Uint8Array;
  private readonly complete: (bytes: Uint8Array) => void;
  private size = 0;

  constructor(size: number, complete: (bytes: Uint8Array) => void) {
    this.bytes = new Uint8Array(size);
    this.complete = complete;
  }

  receive(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.bytes.length - this.size);
    this.bytes.set(bytes.subarray(start, stop), this.size);
    this.size += stop - start;
    if (this.size === this.bytes.length) this.complete(this.bytes);
    return stop;
  }
}
