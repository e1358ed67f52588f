import type { LintMessage } from "@sansocket/core/lint";

/** Finds the messages whose text contains `text`, or whose bytes contain the hexadecimal `text`: their indices, as 32-bit numbers. */
export function found(messages: readonly LintMessage[], text: string): Uint8Array {
  const wanted = Buffer.from(text);
  const hex = /^(?:[0-9a-f]{2}\s*)+$/i.test(text)
    ? Buffer.from(text.replaceAll(/\s/g, ""), "hex")
    : undefined;
  const lower = text.toLowerCase();
  const indices = messages.flatMap(({ data, kind }, index) => {
    if (data === undefined) return [];
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const has =
      kind === "text"
        ? bytes.includes(wanted) || bytes.toString().toLowerCase().includes(lower)
        : bytes.includes(wanted) || (hex !== undefined && bytes.includes(hex));
    return has ? [index] : [];
  });
  return new Uint8Array(Uint32Array.from(indices).buffer);
}
