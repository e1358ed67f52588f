import type { PublishOptions, Topics } from "./topics.ts";

/** One topic, by its name. It holds no state: make one whenever you need it. */
export class Topic {
  readonly name: string;
  private readonly topics: Topics;

  constructor(topics: Topics, name: string) {
    this.topics = topics;
    this.name = name;
  }

  /** The number of subscriptions in this process to exactly this topic. */
  get size(): number {
    return this.topics.size(this.name);
  }

  /** Returns the number of such subscriptions in all processes, by their last reports. */
  count(): number {
    return this.topics.count(this.name);
  }

  /** @see Topics.publish */
  publish(data: unknown, options?: PublishOptions): number {
    return this.topics.publish(this.name, data, options);
  }
}
