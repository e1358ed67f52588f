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
    if (name.includes(":")) return undefined; // no token (RFC 9110 §5.6.2), and it would match across a name and its value
    const { text } = this;
    const wanted = `\n${name.toLowerCase()}:`;
    const comma = wanted === "\ncookie:" ? "; " : ", ";
    let joined: string | undefined;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      const start = at + wanted.length;
      const end = text.indexOf("\n", start);
      const value = end < 0 ? text.slice(start) : text.slice(start, end);
      joined = joined === undefined ? value : joined + comma + value;
    }
    return joined;
  }

  [Symbol.iterator](): Iterator<[name: string, value: string]> {
    const lines = this.text === "" ? [] : this.text.slice(1).split("\n");
    return lines.map(pairOf)[Symbol.iterator]();
  }
}

function pairOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1)];
}
