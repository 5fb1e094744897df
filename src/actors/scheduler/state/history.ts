/**
 * What happened lately, for stories: a ring of the last state changes of all tasks. Written for every step, so it is
 * columns; read only when somebody asks.
 */

import { schedulerTaskTable } from "../../task/tables.js";

/** One line of a task's story. */
export interface StoryLine {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly run: number;
  readonly worker?: string;
}

export class History {
  readonly #limit: number;
  readonly #keys: string[];
  readonly #workers: (string | undefined)[];
  readonly #at: Float64Array;
  readonly #run: Float64Array;
  readonly #from: Uint8Array;
  readonly #event: Uint8Array;
  readonly #to: Uint8Array;
  #next = 0;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#keys = Array.from({ length: limit }, () => "");
    this.#workers = Array.from({ length: limit }, () => undefined);
    this.#at = new Float64Array(limit);
    this.#run = new Float64Array(limit);
    this.#from = new Uint8Array(limit);
    this.#event = new Uint8Array(limit);
    this.#to = new Uint8Array(limit);
  }

  add(
    atMs: number,
    key: string,
    from: number,
    event: number,
    to: number,
    run: number,
    worker: string | undefined,
  ): void {
    const at = this.#next;
    this.#keys[at] = key;
    this.#workers[at] = worker;
    this.#at[at] = atMs;
    this.#run[at] = run;
    this.#from[at] = from;
    this.#event[at] = event;
    this.#to[at] = to;
    this.#next = at + 1 === this.#limit ? 0 : at + 1;
    if (this.#length < this.#limit) this.#length++;
  }

  /** What is remembered of `key`, oldest first. Costs a walk over all that is remembered. */
  of(key: string): StoryLine[] {
    const { states, events } = schedulerTaskTable;
    const lines: StoryLine[] = [];
    const oldest = this.#next - this.#length;
    for (let i = oldest; i < this.#next; i++) {
      const at = i < 0 ? i + this.#limit : i;
      if (this.#keys[at] !== key) continue;
      const worker = this.#workers[at];
      lines.push({
        atMs: this.#at[at]!,
        from: states[this.#from[at]!]!,
        to: states[this.#to[at]!]!,
        event: events[this.#event[at]!]!,
        run: this.#run[at]!,
        ...(worker === undefined ? {} : { worker }),
      });
    }
    return lines;
  }
}
