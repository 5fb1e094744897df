/** What happened, in one number and in the last lines: two runs of a seed are the same when their traces are. */

export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly detail: unknown;
}

/** Lines kept for a report. */
const kept = 4_096;

export class Trace {
  steps = 0;
  #hash = 0x811c9dc5;
  readonly #lines: (TraceLine | undefined)[] = Array.from({ length: kept });
  readonly #names = new Map<string, number>();

  note(atMs: number, who: string, what: string, size: number, detail?: unknown): void {
    this.#mix(this.#nameHash(who));
    this.#mix(this.#nameHash(what));
    this.#mix(Math.round(atMs * 1_000) | 0);
    this.#mix(size | 0);
    this.#lines[this.steps % kept] = { atMs, who, what, detail };
    this.steps++;
  }

  get hash(): string {
    let h = this.#hash;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    return ((h ^ (h >>> 13)) >>> 0).toString(16).padStart(8, "0");
  }

  /** The last lines, oldest first. */
  last(count: number): TraceLine[] {
    const from = Math.max(0, this.steps - Math.min(count, kept));
    return Array.from({ length: this.steps - from }, (_, i) => this.#lines[(from + i) % kept] as TraceLine);
  }

  #mix(number: number): void {
    const h = Math.imul(this.#hash ^ number, 0x01000193);
    this.#hash = h ^ (h >>> 15);
  }

  #nameHash(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    let h = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
    this.#names.set(name, h);
    return h;
  }
}
