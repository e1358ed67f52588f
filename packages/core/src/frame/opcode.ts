/** Frame opcodes (RFC 6455 §5.2). Numbers, because they travel on the wire. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** The opcodes that RFC 6455 defines; the other ten are reserved (§5.2). */
export type Opcode =
  typeof CONTINUATION | typeof TEXT | typeof BINARY | typeof CLOSE | typeof PING | typeof PONG;

/** Bit n is set where opcode n exists: one shift and one AND replace six comparisons per frame. */
const KNOWN = 0b0000_0111_0000_0111;

/** Returns whether `opcode`, a number from 0 to 15, is one that RFC 6455 §5.2 defines. */
export const isKnown = (opcode: number): opcode is Opcode => ((KNOWN >> opcode) & 1) === 1;

/** Returns whether `opcode`, a number from 0 to 15, is of the control range (RFC 6455 §5.5), reserved ones included. */
export const isControl = (opcode: number): boolean => opcode >= CLOSE;
