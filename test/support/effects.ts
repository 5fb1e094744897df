/** What tasks have really done, as they wrote it down themselves: the only witness that counts. */

import { GrowingFile } from "./skein-process.js";

/** One line of the log of effects. */
export interface Effect {
  readonly what: "start" | "end";
  readonly key: string;
  readonly fence: number;
  /** Of the worker that ran it. */
  readonly pid: number;
}

export class EffectLog {
  readonly path: string;
  readonly #file: GrowingFile;

  constructor(path: string) {
    this.path = path;
    this.#file = new GrowingFile(path);
  }

  /** All that was written so far, in order. */
  get all(): readonly Effect[] {
    return this.#file.lines().map((line) => JSON.parse(line) as Effect);
  }

  starts(key?: string): readonly Effect[] {
    return this.all.filter((each) => each.what === "start" && (key === undefined || each.key === key));
  }

  /** How often each key was begun. */
  startsByKey(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { key } of this.starts()) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  }

  /** What has begun and not ended, of one process. */
  running(pid: number): readonly Effect[] {
    const ended = new Set(this.all.filter(({ what }) => what === "end").map(({ fence }) => fence));
    return this.starts().filter((each) => each.pid === pid && !ended.has(each.fence));
  }

  /**
   * What a database has taken that refuses, for each key, whatever comes from an older run than one it has heard of,
   * and takes each run once.
   */
  taken(): readonly Effect[] {
    const newest = new Map<string, number>();
    const done = new Set<number>();
    return this.all.filter(({ what, key, fence }) => {
      if (fence < (newest.get(key) ?? 0)) return false;
      newest.set(key, fence);
      if (what !== "end" || done.has(fence)) return false;
      done.add(fence);
      return true;
    });
  }
}
