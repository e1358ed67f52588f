/** Received messages that wait for a script. */
export class Inbox<T> {
  private readonly items: T[] = [];
  private waiting: ((item: T | undefined) => void) | undefined = undefined;
  private isClosed = false;

  push(item: T): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.items.push(item);
    else waiting(item);
  }

  /** Ends the inbox: no more messages will come. */
  close(): void {
    this.isClosed = true;
    this.waiting?.(undefined);
    this.waiting = undefined;
  }

  /** Returns the next message; `undefined` where none comes within `milliseconds`, or ever. */
  next(milliseconds: number): Promise<T | undefined> {
    if (this.items.length > 0 || this.isClosed) return Promise.resolve(this.items.shift());
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting = undefined;
        resolve(undefined);
      }, milliseconds);
      this.waiting = (item) => {
        clearTimeout(timer);
        resolve(item);
      };
    });
  }
}
