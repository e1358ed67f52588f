import { selectDialect } from "../dialect/select.ts";
import type { HandshakeProblem } from "../handshake/problem.ts";
import { writeRefusal } from "../handshake/response.ts";
import { HEAD_FAILED, HEAD_INCOMPLETE, HeadParser } from "../http/head-parser.ts";
import type { Choice, OpeningRequest, Refusal } from "../opening.ts";
import { ProtocolViolation, UsageError } from "../violation.ts";
import type { OpeningHost, OpeningSide } from "./opening-side.ts";

const EMPTY = new Uint8Array(0);

/** The server's half of the opening handshake (RFC 6455 §4.2): reads a request, answers as the application decides. */
export class ServerSide implements OpeningSide {
  head: Uint8Array = EMPTY;
  request: OpeningRequest | undefined = undefined;
  private readonly host: OpeningHost;
  private parser: HeadParser | undefined = undefined; // where no HTTP server parses for us

  constructor(host: OpeningHost) {
    this.host = host;
  }

  receive(bytes: Uint8Array, start: number, end: number): number {
    const parser = (this.parser ??= new HeadParser("request", this.host.options)), at = parser.push(bytes, start, end);
    if (at === HEAD_INCOMPLETE) return end;
    if (at === HEAD_FAILED) {
      this.refuse(parser.failure!);
      return end;
    }
    this.parser = undefined;
    this.receiveRequest(parser.request);
    return at;
  }

  receiveRequest(request: OpeningRequest): void {
    this.request = request;
    this.host.happen("request.received");
  }

  accept(choice: Choice): void {
    const request = this.pending("accept");
    const dialect = selectDialect(request);
    if ("status" in dialect) return this.refuse(dialect);
    const answer = dialect.respond(request, choice);
    if ("status" in answer) return this.refuse(answer);
    this.request = undefined;
    this.head = answer.bytes;
    this.host.opened(answer.opening);
  }

  reject(refusal: Refusal): void {
    this.pending("reject");
    this.head = writeRefusal(refusal);
    this.request = undefined;
    this.host.happen("handshake.rejected");
  }

  /** The request awaiting an answer. */
  private pending(command: string): OpeningRequest {
    if (this.request === undefined) throw new UsageError(`${command}: there is no opening request to answer`);
    return this.request;
  }

  private refuse(problem: HandshakeProblem): void {
    const decided = this.request !== undefined;
    this.request = undefined;
    this.head = writeRefusal(problem);
    this.host.fail(new ProtocolViolation("handshake-failed", problem.message));
    this.host.happen(decided ? "handshake.rejected" : "violation");
  }
}
