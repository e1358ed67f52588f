/** Topics with their numbers of subscribers. */
export type InterestCounts = readonly (readonly [topic: string, count: number])[];

/** The messages of processes to each other about their subscribers. */
export type PresenceMessage =
  /** All counts, in place of earlier ones. */
  | { readonly kind: "all"; readonly version: number; readonly counts: InterestCounts }
  /** The changes since `version - 1`; with empty `counts` it is a sign of life. */
  | { readonly kind: "change"; readonly version: number; readonly counts: InterestCounts }
  /** Requests all counts of one process, or every one, at its next interval. */
  | { readonly kind: "ask"; readonly of: string | undefined }
  | { readonly kind: "leave" };

export function encodePresence(message: PresenceMessage): string {
  return JSON.stringify(message);
}

/** Reads a message; `undefined` for other bytes. */
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
