/**
 * Values this thread has decoded or made lately, so that the next link of a chain decodes nothing. Bounded by their
 * encoded size; least recently used first out.
 */

interface Entry {
  readonly value: unknown;
  readonly nbytes: number;
}

export class DecodedValues {
  readonly #limitBytes: number;
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(run: number): Entry | undefined {
    const entry = this.#entries.get(run);
    if (entry !== undefined) {
      this.#entries.delete(run);
      this.#entries.set(run, entry);
    }
    return entry;
  }

  set(run: number, value: unknown, nbytes: number): void {
    if (nbytes > this.#limitBytes) return;
    this.delete(run);
    this.#entries.set(run, { value, nbytes });
    this.#bytes += nbytes;
    for (const [oldest] of this.#entries) {
      if (this.#bytes <= this.#limitBytes) return;
      this.delete(oldest);
    }
  }

  delete(run: number): void {
    const entry = this.#entries.get(run);
    if (entry === undefined) return;
    this.#entries.delete(run);
    this.#bytes -= entry.nbytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
