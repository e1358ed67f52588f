import { Buffer } from "node:buffer";

/** Fills the four bytes of a masking key. */
export type GenerateMask = (mask: Buffer) => void;

/** Returns the keys of `generate` in the machine's form: signed integers of 32 bits, in network byte order. */
export function maskKeys(generate: GenerateMask): () => number {
  const mask = Buffer.alloc(4);
  return () => {
    generate(mask);
    return mask.readInt32BE(0);
  };
}
