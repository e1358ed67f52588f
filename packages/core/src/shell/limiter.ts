/** A piece of work that tells when it is over. */
type Job = (over: () => void) => void;

/**
 * Lets only so many jobs run at once; the others wait in line. zlib on many threads at once fragments memory without bound
 * (nodejs/node#8871), and gains nothing past the number of threads.
 */
export class Limiter {
  private readonly most: number;
  private readonly waiting: Job[] = [];
  private running = 0;

  constructor(most: number) {
    this.most = most;
  }

  run(job: Job): void {
    if (this.running === this.most) this.waiting.push(job);
    else this.start(job);
  }

  private start(job: Job): void {
    this.running++;
    job(() => {
      this.running--;
      const next = this.waiting.shift();
      if (next !== undefined) this.start(next);
    });
  }
}
