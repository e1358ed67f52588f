import { inWords } from "./frames.ts";

/** The events in order, in words that do not depend on chance. */
export class Transcript {
  readonly lines: string[] = [];
  /** Lines of the peer's side: how its events fall between ours is chance. */
  readonly wire: string[] = [];

  /** Adds an event with its values. */
  note(event: string, ...values: readonly unknown[]): void {
    this.lines.push([event, ...values.map(describe)].join(" "));
  }

  /** Notes what `work` returns or throws. */
  tell(name: string, work: () => unknown): void {
    try {
      this.note(name, work());
    } catch (error) {
      this.note(`${name} throws`, error);
    }
  }

  toString(): string {
    return [...this.lines, ...this.wire.map((line) => `wire: ${line}`)].join("\n");
  }
}

/** A value in words: bytes by content, errors by class, code and text. */
function describe(value: unknown): string {
  if (value instanceof Error) {
    const { code } = value as { code?: unknown };
    return `${value.constructor.name}${code === undefined ? "" : ` ${String(code)}`}: ${value.message}`;
  }
  if (Buffer.isBuffer(value)) return `Buffer ${inWords(value)}`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${inWords(new Uint8Array(value))}`;
  if (value instanceof Blob) return `Blob of ${value.size}`;
  if (value instanceof Set) return `Set ${describe([...value])}`;
  if (value instanceof Map) return `Map ${describe([...value])}`;
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (typeof value === "function") return `function ${value.name}/${value.length}`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value).sort();
    return `{ ${keys.map((key) => `${key}: ${describe((value as Record<string, unknown>)[key])}`).join(", ")} }`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Notes every event of a WebSocket that `ws` documents, but for `error`, which is a listener's choice. */
export function watch(
  transcript: Transcript,
  socket: { on(event: string, listener: (...args: unknown[]) => void): unknown },
  names: readonly string[],
): void {
  for (const name of names) {
    socket.on(name, (...args) => {
      const told =
        name === "upgrade" || name === "unexpected-response" || name === "redirect" ? [] : args;
      transcript.note(name, ...told);
    });
  }
}
