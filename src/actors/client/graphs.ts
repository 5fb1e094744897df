/** The graphs a client has submitted, kept for as long as it wants something of them, or of a graph that needs them. */

import type { Submit } from "../../protocol/messages.js";

interface Kept {
  readonly graphId: string;
  readonly parts: readonly Submit[];
  readonly wants: Set<string>;
  /** Graphs whose keys this one refers to: they are offered before it, wanted or not. */
  readonly above: readonly Kept[];
  /** How many kept graphs refer to this one. */
  below: number;
}

export class Graphs {
  /** In order of submission: later graphs may refer to keys of earlier ones. */
  readonly #kept = new Map<string, Kept>();
  readonly #ofKey = new Map<string, Kept[]>();

  add(parts: readonly Submit[], wants: readonly string[]): void {
    const graphId = parts[0]?.graphId;
    if (graphId === undefined || wants.length === 0) return;
    const above = new Set(
      parts.flatMap(({ tasks }) => tasks.externals).flatMap((key) => this.#ofKey.get(key) ?? []),
    );
    const kept: Kept = { graphId, parts, wants: new Set(wants), above: [...above], below: 0 };
    for (const each of above) each.below++;
    this.#kept.set(graphId, kept);
    for (const key of kept.wants) {
      const others = this.#ofKey.get(key);
      if (others === undefined) this.#ofKey.set(key, [kept]);
      else others.push(kept);
    }
  }

  unwanted(key: string): void {
    for (const kept of this.#ofKey.get(key) ?? []) {
      kept.wants.delete(key);
      this.#dropIfIdle(kept);
    }
    this.#ofKey.delete(key);
  }

  #dropIfIdle(kept: Kept): void {
    const pending = [kept];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (at.wants.size > 0 || at.below > 0 || !this.#kept.delete(at.graphId)) continue;
      for (const each of at.above) each.below--;
      pending.push(...at.above);
    }
  }

  wantsOf(graphId: string): readonly string[] {
    return [...(this.#kept.get(graphId)?.wants ?? [])];
  }

  *parts(): IterableIterator<Submit> {
    for (const kept of this.#kept.values()) yield* kept.parts;
  }

  keys(): IterableIterator<string> {
    return this.#ofKey.keys();
  }
}
