import { tokenEnd } from "../../../http/tokens.ts";

/** Reads a header field from left to right (RFC 9110 §5.6), and says where it is wrong. */
export class FieldReader {
  private readonly field: string;
  private at = 0;

  constructor(field: string) {
    this.field = field;
  }

  /** Whether the whole field has been read. */
  get ended(): boolean {
    return this.at === this.field.length;
  }

  /**
   * Reads a token, with white space around it; before the first there may be none.
   * @throws {SyntaxError} if there is no token.
   */
  name(): string {
    if (this.at > 0) this.skipSpace();
    return this.token();
  }

  /** Skips the next character if it is `expected`. Returns whether it was. */
  takes(expected: string): boolean {
    if (this.field[this.at] !== expected) return false;
    this.at++;
    return true;
  }

  /**
   * Reads white space behind a name or value. A field may not end with it.
   * @throws {SyntaxError} if it does.
   */
  space(): void {
    if (this.skipSpace() && this.ended) throw this.error();
  }

  /**
   * Reads a parameter's value: a token, or one in quotes, where characters may be escaped (RFC 6455 §9.1).
   * @throws {SyntaxError} for anything else.
   */
  value(): string {
    if (!this.takes('"')) return this.token();
    let text = "";
    while (!(text !== "" && this.takes('"'))) {
      this.takes("\\");
      const end = tokenEnd(this.field, this.at);
      if (end === this.at) throw this.error();
      text += this.field[this.at++]!;
    }
    return text;
  }

  /** Returns the error of the present character, or of the missing one. */
  error(): SyntaxError {
    return new SyntaxError(
      this.ended ? "Unexpected end of input" : `Unexpected character at index ${this.at}`,
    );
  }

  private token(): string {
    const start = this.at;
    this.at = tokenEnd(this.field, start);
    if (this.at === start) throw this.error();
    return this.field.slice(start, this.at);
  }

  private skipSpace(): boolean {
    const start = this.at;
    while (this.field[this.at] === " " || this.field[this.at] === "\t") this.at++;
    return this.at > start;
  }
}
