/** Header fields, read by lower-case name. A repeated field reads as one value joined by `", "`. */
export interface HeaderFields {
  get(name: string): string | undefined;
  /** Every field as `[lower-case name, value]`, in the order received. */
  [Symbol.iterator](): Iterator<[name: string, value: string]>;
}

/**
 * Header fields in the order received. Names are compared without regard to case; they are searched,
 * not hashed, so no name is special. Limit the count before filling one.
 */
export class HeaderList implements HeaderFields {
  private readonly fields: [name: string, value: string][] = [];

  /** Adds a field after all others; the same name may come again. */
  append(name: string, value: string): void {
    this.fields.push([name.toLowerCase(), value]);
  }

  /** Returns the value of the field named `name`, in any case; repeated ones joined by `", "` (RFC 9110 §5.3), cookies by `"; "` (RFC 9113 §8.2.3). */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    const comma = wanted === "cookie" ? "; " : ", ";
    let joined: string | undefined;
    for (const [known, value] of this.fields) {
      if (known === wanted) joined = joined === undefined ? value : joined + comma + value;
    }
    return joined;
  }

  [Symbol.iterator](): Iterator<[name: string, value: string]> {
    return this.fields[Symbol.iterator]();
  }
}
