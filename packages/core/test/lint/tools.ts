/** Node's zlib for the linter. The tests of `node-adapter` cover the linter's other tools. */
import { constants, inflateRawSync } from "node:zlib";
import type { LintTools } from "../../src/lint/index.ts";

const none = (): never => {
  throw new Error("not of this test");
};

export const tools: LintTools = {
  inflateRaw: (data, { windowBits, dictionary, maxSize }) => {
    try {
      return inflateRawSync(data, {
        windowBits,
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: maxSize,
        // zlib holds data to a window only from one piece of output to the next.
        ...(windowBits < 15 && { chunkSize: 64 }),
        ...(dictionary.length > 0 && { dictionary }),
      });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"
        ? "too-big"
        : undefined;
    }
  },
  hmac: none,
  open: none,
  createHpackDecoder: none,
};
