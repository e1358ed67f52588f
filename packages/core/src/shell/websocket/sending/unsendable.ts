import { UsageError } from "../../../violation.ts";

const has = (data: object, method: string | symbol): boolean =>
  typeof (data as Record<string | symbol, unknown>)[method] === "function";

/** Says what to call instead, by the kind of `data`. */
function advice(data: object, tag: string): string {
  if (has(data, "then")) return "await it, and send what it gives";
  if (has(data, "getReader") || has(data, "pipe") || has(data, Symbol.asyncIterator))
    return "use sendStream(), which sends one message while the stream gives it";
  switch (tag) {
    case "Map":
    case "FormData":
    case "URLSearchParams":
    case "Headers":
      return "use sendJSON(Object.fromEntries(…)), or JSON.stringify";
    case "Set":
      return "use sendJSON([...set]), or JSON.stringify";
    case "Request":
    case "Response":
      return "send its body: await its text() or arrayBuffer(), or sendStream(body)";
    default:
      break;
  }
  if ("data" in data && "type" in data) return "send its data";
  if (has(data, "next")) return "use sendStream(), which sends one message while it is iterated";
  return "use sendJSON(), or JSON.stringify";
}

/** Whether `data` has a text of its own, as a URL or a Date has, and not only the name of its kind. */
const hasText = (data: object): boolean =>
  !Array.isArray(data) &&
  has(data, "toString") &&
  data.toString !== Object.prototype.toString &&
  !has(data, "then");

/**
 * Refuses data without a text of its own. Not for the compatible constructors, whose `send` makes `[object Object]` of it.
 * @throws {UsageError} that says what to call instead.
 */
export function refuseUnsendable(data: unknown): void {
  const kind = typeof data;
  if (kind === "function" || kind === "symbol")
    throw new UsageError(
      `send: a ${kind} cannot be sent${kind === "function" ? "; call it, and send what it returns" : ""}`,
    );
  if (kind !== "object" || data === null || hasText(data as object)) return;
  const tag = Object.prototype.toString.call(data).slice("[object ".length, -1);
  const name =
    tag === "Object" || tag === "Event"
      ? ((data as { constructor?: { name?: string } }).constructor?.name ?? "Object")
      : tag;
  const what = name === "Object" ? "an object" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  throw new UsageError(`send: ${what} cannot be sent as it is; ${advice(data as object, tag)}`);
}
