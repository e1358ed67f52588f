/** The version of the library, for the heads of traces. `tools/version.mjs` raises it. */
export const VERSION = "0.1.0";
