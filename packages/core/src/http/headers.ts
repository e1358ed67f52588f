/** Header fields, read by lower-case name. A repeated field reads as one value joined by `", "`. */
export interface HeaderFields {
  get(name: string): string | undefined;
  /** Every field as `[lower-case name, value]`, in the order received. */
  [Symbol.iterator](): Iterator<[name: string, value: string]>;
}

/**
 * Header fields in the order received. Names are compared without regard to case; they are searched,
 * not hashed, so no name is special. Limit the count before filling one.
 *
 * All are one string, `\nname:value` each: a server's socket holds those of its request as long as it lives, and a list of pairs holds three objects for each
 * field (`npm run bench -- --only idle-doors` tells what a socket holds).
 */
export class HeaderList implements HeaderFields {
  private text = "";

  /** Adds a field after all others; the same name may come again. A line feed in a value becomes a space (RFC 9110 §5.5). */
  append(name: string, value: string): void {
    const line = value.includes("\n") ? value.replaceAll("\n", " ") : value;
    this.text += `\n${name.toLowerCase()}:${line}`;
  }

  /** Returns the value of the field named `name`, in any case; repeated ones joined by `", "` (RFC 9110 §5.3), cookies by `"; "` (RFC 9113 §8.2.3). */
  get(name: string): string | undefined {
    const wanted = ofOpenings.get(name) ?? `\n${name.toLowerCase()}:`;
    if (wanted.indexOf(":") < wanted.length - 1) return undefined; // no token (RFC 9110 §5.6.2), and it would match across a name and its value
    const { text } = this;
    const comma = wanted === "\ncookie:" ? "; " : ", ";
    let joined: string | undefined;
    let end = 0;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, end)) {
      const start = at + wanted.length;
      end = text.indexOf("\n", start);
      if (end < 0) end = text.length;
      const value = text.slice(start, end);
      joined = joined === undefined ? value : joined + comma + value;
    }
    return joined;
  }

  [Symbol.iterator](): Iterator<[name: string, value: string]> {
    const lines = this.text === "" ? [] : this.text.slice(1).split("\n");
    return lines.map(pairOf)[Symbol.iterator]();
  }
}

/** The names that each opening asks for, as they stand in the text: to make them anew each time took half the time of {@link HeaderList.get}. */
const ofOpenings: ReadonlyMap<string, string> = new Map(
  ["host", "upgrade", "connection", "origin", "content-length", "transfer-encoding"]
    .concat(["key", "version", "protocol", "extensions"].map((name) => `sec-websocket-${name}`))
    .map((name) => [name, `\n${name}:`]),
);

function pairOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1)];
}
