/** A node of the tree: the patterns after one segment. */
interface Branch<T> {
  readonly children: Map<string, Branch<T>>;
  /** The value of a pattern that ends here. */
  value: T | undefined;
}

/**
 * Keeps patterns by their segments: finding those that cover a topic costs the topic's
 * length, whatever the number of patterns.
 */
export class PatternTree<T> {
  private readonly root: Branch<T> = branch();
  private count = 0;

  /** The number of patterns. */
  get size(): number {
    return this.count;
  }

  /** Keeps `value` for `pattern`, in place of an earlier value. */
  set(pattern: string, value: T): void {
    let at = this.root;
    for (const segment of pattern.split("/")) {
      let next = at.children.get(segment);
      if (next === undefined) at.children.set(segment, (next = branch()));
      at = next;
    }
    if (at.value === undefined) this.count++;
    at.value = value;
  }

  /** Drops `pattern`, and branches without other patterns. */
  delete(pattern: string): void {
    const segments = pattern.split("/");
    const path: Branch<T>[] = [this.root];
    for (const segment of segments) {
      const next = path[path.length - 1]!.children.get(segment);
      if (next === undefined) return;
      path.push(next);
    }
    const last = path[path.length - 1]!;
    if (last.value === undefined) return;
    last.value = undefined;
    this.count--;
    for (let depth = segments.length; depth > 0; depth--) {
      const { value, children } = path[depth]!;
      if (value !== undefined || children.size > 0) return;
      path[depth - 1]!.children.delete(segments[depth - 1]!);
    }
  }

  /** Returns the values of all patterns that cover the topic `name`. */
  covering(name: string): T[] {
    const found: T[] = [];
    if (this.count > 0) collect(this.root, name.split("/"), 0, found);
    return found;
  }
}

function branch<T>(): Branch<T> {
  return { children: new Map(), value: undefined };
}

function collect<T>(at: Branch<T>, segments: readonly string[], depth: number, found: T[]): void {
  if (depth === segments.length) {
    if (at.value !== undefined) found.push(at.value);
    return;
  }
  const rest = at.children.get("**")?.value;
  if (rest !== undefined) found.push(rest);
  const exact = at.children.get(segments[depth]!);
  if (exact !== undefined) collect(exact, segments, depth + 1, found);
  const any = at.children.get("*");
  if (any !== undefined) collect(any, segments, depth + 1, found);
}
