import { readFileSync } from "node:fs";

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), "utf8");

/** An authority of the tests' own. Its key was thrown away. */
export const authority = read("ca");
/** A certificate for `localhost`, 127.0.0.1 and ::1, signed by {@link authority}, and its key. Secret from nobody. */
export const localhost = { cert: read("localhost"), key: read("localhost-key") };
