import { Queue } from "../../../connection/buffer/queue.ts";
import type { BlobLike } from "./data.ts";

/** Called with the outcome of a message. */
export type Sent = (error?: Error) => void;

const LOST = "The socket was closed while the blob was being read";

/** The part of a connection that {@link Blobs} uses. */
interface BlobHost {
  readonly sendable: boolean;
  call(sent: Sent, error: Error): void;
  /** Runs `work` outside of promises, so that an exception is an uncaught error, and not a rejection. */
  outside(work: () => void): void;
  /** Ends the connection, since a Blob cannot be read and the peer would wait for ever. */
  failToRead(error: Error): void;
}

/** Sends Blobs once they have been read, and later messages behind them, in order. */
export class Blobs {
  /** The number of waiting bytes. */
  bytes = 0;
  private readonly host: BlobHost;
  private waiting: Queue<() => void> | undefined = undefined;

  constructor(host: BlobHost) {
    this.host = host;
  }

  /** Whether a Blob is being read, so that other messages must wait. */
  get busy(): boolean {
    return this.waiting !== undefined;
  }

  /** Reads `blob`, in its turn, and then does `work` with its bytes. */
  read(blob: BlobLike, sent: Sent | undefined, work: (bytes: ArrayBuffer) => void): void {
    const { size } = blob;
    if (this.waiting !== undefined)
      return this.postpone(size, sent, () => {
        this.read(blob, sent, work);
      });
    this.waiting = new Queue<() => void>();
    this.bytes += size;
    blob.arrayBuffer().then(
      (bytes) => {
        this.host.outside(() => {
          this.bytes -= size;
          this.goOn(() => {
            if (this.host.sendable) work(bytes);
            else this.lose(sent);
          });
        });
      },
      (error: unknown) => {
        this.host.outside(() => {
          this.fail(error as Error, sent);
        });
      },
    );
  }

  /** Does `work`, which sends `size` bytes, after the Blobs. */
  postpone(size: number, sent: Sent | undefined, work: () => void): void {
    this.bytes += size;
    this.waiting!.push(() => {
      this.bytes -= size;
      if (this.host.sendable) work();
      else this.lose(sent);
    });
  }

  private lose(sent: Sent | undefined): void {
    if (sent !== undefined) this.host.call(sent, new Error(LOST));
  }

  private fail(error: Error, sent: Sent | undefined): void {
    if (sent !== undefined) this.host.call(sent, error);
    this.host.failToRead(error);
    this.goOn(() => {});
    this.bytes = 0;
  }

  /** Does `first`, and the work that has waited behind it, up to the next Blob. */
  private goOn(first: () => void): void {
    const done = this.waiting!;
    this.waiting = undefined;
    first();
    for (let work = done.shift(); work !== undefined; work = done.shift()) {
      if (this.busy) this.waiting!.push(work);
      else work();
    }
  }
}
