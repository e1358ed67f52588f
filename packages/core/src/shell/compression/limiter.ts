import { Queue } from "../../connection/buffer/queue.ts";

/** A piece of work that calls `over` when it is done. */
type Job = (over: () => void) => void;

/**
 * Limits how many jobs run at once; the others wait in line. zlib on many threads at once fragments memory without bound
 * (nodejs/node#8871), and gains nothing past the number of threads.
 */
export class Limiter {
  private readonly most: number;
  private readonly waiting = new Queue<Job>();
  private running = 0;
  private starting = false;

  constructor(most: number) {
    this.most = most;
  }

  run(job: Job): void {
    this.waiting.push(job);
    this.start();
  }

  /** Starts as many jobs as there is room for; in a loop, since a job may be over at once. */
  private start(): void {
    if (this.starting) return;
    this.starting = true;
    while (this.running < this.most && this.waiting.length > 0) {
      this.running++;
      this.waiting.shift()!(() => {
        this.running--;
        this.start();
      });
    }
    this.starting = false;
  }
}
