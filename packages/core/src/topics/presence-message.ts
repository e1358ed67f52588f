/** Topics with how many subscribers each has. */
export type InterestCounts = readonly (readonly [topic: string, count: number])[];

/** What processes say to each other about their subscribers. */
export type PresenceMessage =
  /** All that there is, in place of what was said before. */
  | { readonly kind: "all"; readonly version: number; readonly counts: InterestCounts }
  /** What has changed since `version - 1`; nothing, where `counts` is empty: then it is a sign of life. */
  | { readonly kind: "change"; readonly version: number; readonly counts: InterestCounts }
  /** Asks one process, or every one, to say all at its next interval. */
  | { readonly kind: "ask"; readonly of: string | undefined }
  | { readonly kind: "leave" };

export function encodePresence(message: PresenceMessage): string {
  return JSON.stringify(message);
}

/** Reads a message; `undefined` for what is none. */
export function decodePresence(text: string): PresenceMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  const { kind, of, version, counts } = value as Record<string, unknown>;
  if (kind === "leave") return { kind };
  if (kind === "ask") return { kind, of: typeof of === "string" ? of : undefined };
  if (kind !== "all" && kind !== "change") return undefined;
  if (!Number.isSafeInteger(version) || !Array.isArray(counts) || !counts.every(isCount))
    return undefined;
  return { kind, version: version as number, counts: counts as InterestCounts };
}

function isCount(entry: unknown): boolean {
  if (!Array.isArray(entry) || typeof entry[0] !== "string") return false;
  return Number.isSafeInteger(entry[1]) && entry[1] >= 0;
}
