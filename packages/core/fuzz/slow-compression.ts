import zlib from "node:zlib";
import type {
  Compression,
  DeflateParameters,
  Deflater,
  InflateParameters,
  Inflater,
} from "../src/extension/compression.ts";
import type { Extension, ExtensionMessage, ExtensionSession } from "../src/extension/extension.ts";
import { createZlibCompression } from "../src/shell/compression/compression.ts";
import type { Zlib, ZlibOptions } from "../src/shell/compression/zlib.ts";

/** Does at once the work of zlib's threads: a run waits for nothing. */
function atOnce(work: (data: Uint8Array, options: ZlibOptions) => Uint8Array): Zlib["deflateRaw"] {
  return (data, options, done) => {
    let result: Uint8Array;
    try {
      result = work(data, options);
    } catch (error) {
      return done(error as Error, data);
    }
    done(null, result);
  };
}

const real = createZlibCompression({
  ...zlib,
  deflateRaw: atOnce(zlib.deflateRawSync),
  inflateRaw: atOnce(zlib.inflateRawSync),
});

/** zlib whose results wait until they are asked for, and can be made failures. It minds how it is used. */
export class SlowCompression implements Compression {
  /** Operations that wait, the oldest first. */
  readonly waiting: ((well: boolean) => void)[] = [];
  open = 0;
  /** Calls that the connection must not make. */
  readonly misuse: string[] = [];
  private readonly slow: boolean;

  constructor(slow: boolean) {
    this.slow = slow;
  }

  createDeflater(parameters: DeflateParameters): Deflater {
    const inner = real.createDeflater(parameters);
    const gate = this.gate("deflater", () => {
      inner.close();
    });
    return {
      close: gate.close,
      deflate: (data, done) => {
        gate.pass((finish) => {
          inner.deflate(data, (result) => {
            finish(
              () => {
                done(result);
              },
              () => {
                done(undefined);
              },
            );
          });
        });
      },
    };
  }

  createInflater(parameters: InflateParameters): Inflater {
    const inner = real.createInflater(parameters);
    const gate = this.gate("inflater", () => {
      inner.close();
    });
    return {
      close: gate.close,
      inflate: (data, done) => {
        gate.pass((finish) => {
          inner.inflate(data, (result) => {
            finish(
              () => {
                done(result);
              },
              () => {
                done("invalid", new Error("as told"));
              },
            );
          });
        });
      },
    };
  }

  /** An extension beside compression, on RSV2, that turns messages over, and whose failure ends a direction. */
  get reversing(): Extension {
    const session = (): ExtensionSession => {
      const outgoing = this.gate("outgoing", () => {});
      const incoming = this.gate("incoming", () => {});
      const turn = (message: ExtensionMessage, rsv: number): void => {
        message.data = message.data.slice().reverse();
        message.rsv ^= rsv;
      };
      const through = (
        gate: typeof outgoing,
        message: ExtensionMessage,
        rsv: number,
        done: Parameters<ExtensionSession["incoming"]>[1],
      ): void => {
        gate.pass((finish) => {
          finish(
            () => {
              turn(message, rsv);
              done(undefined);
            },
            () => {
              done({ code: "extension-failed", cause: new Error("as told") });
            },
          );
        });
      };
      return {
        onlyMarked: true,
        outgoing: (message, done) => {
          through(outgoing, message, 2, done);
        },
        incoming: (message, done) => {
          if ((message.rsv & 2) === 0) done(undefined);
          else through(incoming, message, 2, done);
        },
        close: () => {
          outgoing.close();
          incoming.close();
        },
      };
    };
    return {
      name: "x-reversing",
      rsv: 2,
      offer: () => ({ parameters: [new Map()], activate: session }),
      accept: () => ({ parameters: new Map(), session: session() }),
    };
  }

  /** One at a time, closed once, and not while busy. */
  private gate(
    name: string,
    free: () => void,
  ): {
    close: () => void;
    pass: (start: (finish: (well: () => void, badly: () => void) => void) => void) => void;
  } {
    let busy = false;
    let closed = false;
    this.open++;
    return {
      close: () => {
        if (closed) this.misuse.push(`${name} closed twice`);
        if (busy) this.misuse.push(`${name} closed while busy`);
        closed = true;
        this.open--;
        free();
      },
      pass: (start) => {
        if (busy || closed) this.misuse.push(`${name} used while ${busy ? "busy" : "closed"}`);
        busy = true;
        start((well, badly) => {
          const settle = (isWell: boolean): void => {
            busy = false;
            (isWell ? well : badly)();
          };
          if (this.slow) this.waiting.push(settle);
          else settle(true);
        });
      },
    };
  }
}
