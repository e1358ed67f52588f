import { isToken, tokenEnd } from "../http/tokens.ts";
import type { ExtensionParameters, ParameterValue } from "./extension.ts";

/** One element of `Sec-WebSocket-Extensions`. */
export interface ExtensionOffer {
  readonly name: string;
  readonly parameters: ExtensionParameters;
}

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const SEMICOLON = 59;
const EQUALS = 61;
const BACKSLASH = 92;

/**
 * Reads a `Sec-WebSocket-Extensions` field (RFC 6455 §9.1), or returns `undefined` where it is malformed.
 * It reads every character once: compare CVE-2020-7662, where a regular expression took exponential time.
 * Empty list elements are skipped (RFC 9110 §5.6.1.2).
 */
export function parseOffers(field: string): ExtensionOffer[] | undefined {
  const reader = new FieldReader(field);
  const offers: ExtensionOffer[] = [];
  while (!reader.done) {
    if (reader.take(COMMA)) continue;
    const name = reader.token();
    if (name === "") return undefined;
    const parameters = readParameters(reader);
    if (parameters === undefined || !(reader.done || reader.take(COMMA))) return undefined;
    offers.push({ name, parameters });
  }
  return offers;
}

function readParameters(reader: FieldReader): ExtensionParameters | undefined {
  const parameters = new Map<string, ParameterValue | ParameterValue[]>();
  while (reader.take(SEMICOLON)) {
    const name = reader.token();
    if (name === "") return undefined;
    const value = reader.take(EQUALS) ? reader.value() : true;
    if (value === undefined) return undefined;
    const before = parameters.get(name);
    if (before === undefined) parameters.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else parameters.set(name, [before, value]);
  }
  return parameters;
}

/** A position in a field, which only moves forward. It skips white space around each element. */
class FieldReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
    this.skipBlanks();
  }

  get done(): boolean {
    return this.at === this.text.length;
  }

  take(character: number): boolean {
    if (this.text.charCodeAt(this.at) !== character) return false;
    this.at++;
    this.skipBlanks();
    return true;
  }

  /** The token here, `""` where there is none. */
  token(): string {
    const end = tokenEnd(this.text, this.at);
    const token = this.text.slice(this.at, end);
    this.at = end;
    this.skipBlanks();
    return token;
  }

  /** The token or quoted string here. */
  value(): string | number | undefined {
    const text =
      this.text.charCodeAt(this.at) === QUOTE ? this.quoted() : this.token() || undefined;
    return text !== undefined && isDecimal(text) ? Number(text) : text;
  }

  private quoted(): string | undefined {
    let text = "";
    let from = ++this.at;
    for (; this.at < this.text.length; this.at++) {
      const character = this.text.charCodeAt(this.at);
      if (character !== QUOTE && character !== BACKSLASH) continue;
      text += this.text.slice(from, this.at);
      if (character === QUOTE) {
        this.at++;
        this.skipBlanks();
        return text;
      }
      from = ++this.at; // an escaped character stands for itself, a quote too
    }
    return undefined;
  }

  private skipBlanks(): void {
    for (
      let c = this.text.charCodeAt(this.at);
      c === SPACE || c === TAB;
      c = this.text.charCodeAt(this.at)
    )
      this.at++;
  }
}

/** `-1`, `0`, `15`, `1.5`; not `015`, which is no number as RFC 7692 writes them, nor `1e3`, nor a number with more digits than a double holds. */
function isDecimal(text: string): boolean {
  return (
    text.length <= 17 &&
    /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(text) &&
    String(Number(text)) === text
  );
}

/** Writes one element of the field. Values that are no token are quoted. */
export function formatOffer({ name, parameters }: ExtensionOffer): string {
  let text = name;
  for (const [parameter, values] of parameters) {
    for (const value of Array.isArray(values)
      ? (values as readonly ParameterValue[])
      : [values as ParameterValue]) {
      text += value === true ? `; ${parameter}` : `; ${parameter}=${formatValue(value)}`;
    }
  }
  return text;
}

const formatValue = (value: string | number): string =>
  typeof value === "number" || isToken(value)
    ? String(value)
    : `"${value.replace(/["\\]/g, "\\$&")}"`;
