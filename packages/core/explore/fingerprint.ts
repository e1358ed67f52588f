import { State } from "../src/lifecycle/interned.ts";

/** Fields that belong to the process or to the test: they hold no state of a connection. */
const LEFT_OUT = new Set(["platform", "slab", "actions", "options", "now", "recorded"]);

/**
 * Returns a text of everything that `root` holds, private fields and cycles included. Two that give the same text will behave the
 * same: what it leaves out is shared, or only written to.
 */
export function fingerprint(root: unknown): string {
  const seen = new Map<object, number>();
  const parts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === "function") return void parts.push("f");
    if (typeof value !== "object" || value === null)
      return void parts.push(
        `${typeof value === "string" ? JSON.stringify(value) : String(value)};`,
      );
    if (value instanceof Uint8Array)
      return void parts.push(`<${Buffer.from(value).toString("latin1")}>`);
    const known = seen.get(value);
    if (known !== undefined) return void parts.push(`#${known}`);
    seen.set(value, seen.size);
    if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
      parts.push("[");
      for (const item of value) walk(item);
      parts.push("]");
      return;
    }
    if (value instanceof State) return void parts.push(`@${[value.path, ...value.besides].join()}`); // shared by all
    parts.push("{");
    for (const [name, member] of Object.entries(value)) {
      if (LEFT_OUT.has(name)) continue;
      parts.push(`${name}:`);
      walk(member);
    }
    parts.push("}");
  };
  walk(root);
  return parts.join("");
}
