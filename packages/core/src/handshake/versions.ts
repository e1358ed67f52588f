import type { Version } from "../opening.ts";

/** The values of `Sec-WebSocket-Version` a server takes, best first, with the names of this library. */
export const versions: ReadonlyMap<string, Version> = new Map([
  ["13", "hybi-13"],
  ["8", "hybi-8"],
  ["7", "hybi-7"],
]);
