/** JSON of unknown shape, read without trust. */

export type Json =
  { readonly [name: string]: Json } | readonly Json[] | string | number | boolean | null;

/** The member of an object; `undefined` for one of anything else. */
export function member(value: Json | undefined, ...names: readonly string[]): Json | undefined {
  let found = value;
  for (const name of names) {
    if (typeof found !== "object" || found === null || Array.isArray(found)) return undefined;
    found = Object.hasOwn(found, name)
      ? (found as { readonly [name: string]: Json })[name]
      : undefined;
  }
  return found;
}

export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
export const textOf = (value: Json | undefined): string =>
  typeof value === "string" ? value : typeof value === "number" ? `${value}` : "";
export const numberOf = (value: Json | undefined): number =>
  typeof value === "number" ? value : typeof value === "string" ? Number(value) : Number.NaN;
