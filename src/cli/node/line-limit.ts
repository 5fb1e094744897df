/** Keeps a log readable when much of one kind happens at once. */

/** Lines of one topic within a second; what is more is counted. */
const mostLines = 20;
const withinMs = 1_000;

/** A job of a hundred thousand tasks that nobody can run is one fact, not as many lines. */
export class LineLimit {
  readonly #tellMore: (topic: string, count: number) => void;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tellMore: (topic: string, count: number) => void) {
    this.#tellMore = tellMore;
  }

  isFree(topic: string): boolean {
    const count = (this.#counts.get(topic) ?? 0) + 1;
    this.#counts.set(topic, count);
    this.#timer ??= setTimeout(() => this.close(), withinMs).unref();
    return count <= mostLines;
  }

  /** Tells what was left out, and begins anew. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [topic, count] of this.#counts)
      if (count > mostLines) this.#tellMore(topic, count - mostLines);
    this.#counts.clear();
  }
}
