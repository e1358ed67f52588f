/** What a session emits of a message that comes in fragments: `kind, bytes, start, end, last`. */
export const FRAGMENT: unique symbol = Symbol("fragment");
