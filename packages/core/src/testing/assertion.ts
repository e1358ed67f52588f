/** Reports a claim that did not hold. Any test runner shows its message. */
export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** Shows a value in a failure's message, shortly. */
function shown(value: unknown): string {
  if (value instanceof Uint8Array) {
    const hex = Array.from(value.subarray(0, 24), (octet) =>
      octet.toString(16).padStart(2, "0"),
    ).join(" ");
    return `${value.length} bytes <${hex}${value.length > 24 ? " …" : ""}>`;
  }
  if (Array.isArray(value))
    return `[${value.slice(0, 8).map(shown).join(", ")}${value.length > 8 ? `, … ${value.length}` : ""}]`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 120 ? `${text.slice(0, 120)}… (${text.length})` : text;
}

/** Returns whether two messages, numbers or lists of these are the same. Bytes are compared by content, whatever their class. */
function same(actual: unknown, expected: unknown): boolean {
  if (actual instanceof Uint8Array && expected instanceof Uint8Array) {
    if (actual.length !== expected.length) return false;
    for (let at = 0; at < actual.length; at++) if (actual[at] !== expected[at]) return false;
    return true;
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return (
      actual.length === expected.length &&
      actual.every((item, index) => same(item, expected[index]))
    );
  }
  return Object.is(actual, expected);
}

/** @throws {AssertionFailure} unless both are the same, bytes by content. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!same(actual, expected))
    throw new AssertionFailure(`${what}: expected ${shown(expected)}, got ${shown(actual)}`);
}

/** @throws {AssertionFailure} unless `condition`. */
export function ok(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionFailure(what);
}

/** The time after which any step of the suites counts as lost. Long, because machines are shared. */
const PATIENCE = 10_000;

/** Awaits `promise`, and throws a failure that names it after a time. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  milliseconds = PATIENCE,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AssertionFailure(`waited ${milliseconds} ms for ${what}`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `condition` holds, looking again every few milliseconds. */
export async function eventually(
  condition: () => boolean,
  what: string,
  milliseconds = PATIENCE,
): Promise<void> {
  const until = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > until)
      throw new AssertionFailure(`waited ${milliseconds} ms for ${what}`);
    await pass(5);
  }
}

/** Lets `milliseconds` pass: for showing that something does not happen. */
export function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
