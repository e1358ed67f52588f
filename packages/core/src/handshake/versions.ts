import type { Version } from "../opening.ts";

/** The values of `Sec-WebSocket-Version` a server takes, best first, and what we call them. */
export const versions: ReadonlyMap<string, Version> = new Map([
  ["13", "hybi-13"],
  ["8", "hybi-8"],
  ["7", "hybi-7"],
]);
