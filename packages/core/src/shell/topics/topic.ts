import type { PublishOptions, Topics } from "./topics.ts";

/** One topic, by its name. It holds nothing: make it whenever it is wanted. */
export class Topic {
  readonly name: string;
  private readonly topics: Topics;

  constructor(topics: Topics, name: string) {
    this.topics = topics;
    this.name = name;
  }

  /** How many subscribers of this process name exactly this topic. */
  get size(): number {
    return this.topics.size(this.name);
  }

  /** How many of all processes do, as far as this one has heard. */
  count(): number {
    return this.topics.count(this.name);
  }

  /** @see Topics.publish */
  publish(data: unknown, options?: PublishOptions): number {
    return this.topics.publish(this.name, data, options);
  }
}
