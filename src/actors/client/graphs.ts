/**
 * The graphs a client has submitted, kept for as long as it wants something of them, or of a graph that needs them.
 * A computation may want a hundred thousand keys: one entry in one map is all that each costs.
 */

import type { Submit } from "../../protocol/messages.js";

interface Kept {
  readonly graphId: string;
  readonly parts: readonly Submit[];
  /** How many of its keys are wanted. */
  wanted: number;
  /** Graphs whose keys this one refers to: they are offered before it, wanted or not. */
  readonly above: readonly Kept[];
  /** How many kept graphs refer to this one. */
  below: number;
}

export class Graphs {
  /** In order of submission: later graphs may refer to keys of earlier ones. */
  readonly #kept = new Map<string, Kept>();
  /** Nearly always one graph a key; several when equal pure tasks were submitted twice. */
  readonly #ofKey = new Map<string, Kept | Kept[]>();

  add(parts: readonly Submit[], wants: readonly string[]): void {
    const graphId = parts[0]?.graphId;
    if (graphId === undefined || wants.length === 0) return;
    const above = new Set<Kept>();
    for (const { tasks } of parts)
      for (const key of tasks.externals) for (const kept of this.#of(key)) above.add(kept);
    const kept: Kept = { graphId, parts, wanted: wants.length, above: [...above], below: 0 };
    for (const each of above) each.below++;
    this.#kept.set(graphId, kept);
    for (const key of wants) {
      const others = this.#ofKey.get(key);
      this.#ofKey.set(
        key,
        others === undefined ? kept : Array.isArray(others) ? [...others, kept] : [others, kept],
      );
    }
  }

  unwanted(key: string): void {
    const graphs = this.#ofKey.get(key);
    if (graphs === undefined) return;
    this.#ofKey.delete(key);
    if (!Array.isArray(graphs)) return this.#less(graphs);
    for (const kept of graphs) this.#less(kept);
  }

  /**
   * A graph was refused. Gives the wanted keys that are of no other graph; those that are stay as they were, and this
   * graph has no part in them any more. Walks over all keys: it is rare.
   */
  refused(graphId: string): readonly string[] {
    const kept = this.#kept.get(graphId);
    const own: string[] = [];
    if (kept === undefined) return own;
    for (const [key, graphs] of this.#ofKey) {
      if (graphs === kept) own.push(key);
      if (!Array.isArray(graphs) || !graphs.includes(kept)) continue;
      this.#ofKey.set(
        key,
        graphs.filter((each) => each !== kept),
      );
      kept.wanted--;
    }
    if (own.length === 0) {
      kept.wanted = 1;
      this.#less(kept);
    }
    return own;
  }

  *parts(): IterableIterator<Submit> {
    for (const kept of this.#kept.values()) yield* kept.parts;
  }

  keys(): IterableIterator<string> {
    return this.#ofKey.keys();
  }

  #of(key: string): readonly Kept[] {
    const graphs = this.#ofKey.get(key);
    return graphs === undefined ? [] : Array.isArray(graphs) ? graphs : [graphs];
  }

  #less(kept: Kept): void {
    kept.wanted--;
    const pending = [kept];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at.wanted > 0 || at.below > 0 || !this.#kept.delete(at.graphId)) continue;
      for (const each of at.above) each.below--;
      pending.push(...at.above);
    }
  }
}
