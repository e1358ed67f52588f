import { lendMasks } from "../../frame/mask-source.ts";
import { advanceUtf8, UTF8_ACCEPT } from "../../frame/utf8.ts";
import { ASCII, NOT_UTF8, type Platform, UTF8, type Utf8Kind } from "../../platform.ts";
import { decodeUtf8, encodeUtf8, fromHex, isBytes } from "../values.ts";
import type { Player } from "./player.ts";

/** Makes the platform of a replayed machine: its values come from the trace. */
export function createReplayPlatform(player: Player): Platform {
  const platform = createPurePlatform(
    (bytes) => {
      const [value] = player.take("random") ?? [];
      if (isBytes(value)) bytes.set(fromHex(value.hex).subarray(0, bytes.length));
    },
    // Traces of older versions have no times.
    () => (player.takesNext("now", []) ? Number(player.take("now")![0]) : 0),
  );
  lendMasks(platform, { next: () => Number(player.take("mask")?.[0] ?? 0) });
  return platform;
}

/**
 * Makes a platform of the language alone, so that a trace replays to the same bytes on every runtime.
 * @param randomFill fills bytes with its entropy
 * @param now returns its times
 */
function createPurePlatform(randomFill: (bytes: Uint8Array) => void, now: () => number): Platform {
  return {
    now,
    randomFill,
    checkUtf8,
    decodeUtf8,
    encodeUtf8,
    encodeUtf8Into(text, into, offset) {
      const bytes = encodeUtf8(text);
      into.set(bytes, offset);
      return bytes.length;
    },
    allocate: (size) => new Uint8Array(size),
  };
}

function checkUtf8(bytes: Uint8Array, start: number, end: number): Utf8Kind {
  if (advanceUtf8(UTF8_ACCEPT, bytes, start, end) !== UTF8_ACCEPT) return NOT_UTF8;
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return UTF8;
  return ASCII;
}
