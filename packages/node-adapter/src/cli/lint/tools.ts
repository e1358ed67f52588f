/** Node's functions for the linter: zlib, crypto, and the decoder of header blocks. */
import { createDecipheriv, createHmac } from "node:crypto";
import { constants, inflateRawSync } from "node:zlib";
import type { HpackDecoder, LintTools } from "@sansocket/core/lint";
import hpack from "hpack.js";

export const nodeLintTools: LintTools = {
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
  hmac: (hash, key, data) => createHmac(hash, key).update(data).digest(),
  open: (aead, key, nonce, sealed, additional) => {
    try {
      const size = sealed.length - 16;
      if (size < 0) return undefined;
      const decipher = createDecipheriv(aead as "aes-128-gcm", key, nonce, { authTagLength: 16 });
      decipher.setAuthTag(sealed.subarray(size));
      decipher.setAAD(additional, { plaintextLength: size });
      const plain = decipher.update(sealed.subarray(0, size));
      return Buffer.concat([plain, decipher.final()]);
    } catch {
      return undefined;
    }
  },
  createHpackDecoder,
};

/** Larger than any table that an encoder is allowed in practice: one that is too large for the encoder's decodes the same. */
const TABLE_SIZE = 16_777_216;

function createHpackDecoder(): HpackDecoder {
  const decompressor = hpack.decompressor.create({ table: { maxSize: TABLE_SIZE } });
  let isBroken = false;
  decompressor.on("error", () => {
    isBroken = true;
  });
  return {
    decode: (block) => {
      decompressor.write(Buffer.from(block));
      decompressor.execute();
      const fields: [string, string][] = [];
      for (let field = decompressor.read(); field !== null; field = decompressor.read())
        fields.push([field.name, field.value]);
      return isBroken ? undefined : fields;
    },
  };
}
