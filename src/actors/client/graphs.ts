/**
 * The graphs a client has submitted, kept for as long as it wants something of them, or of a graph that needs them.
 * Which graphs a wanted key is of stands in its record (wants.ts): a computation may want a hundred thousand.
 */

import type { Submit } from "../../protocol/messages.js";
import type { Kept } from "./kept-graph.js";
import type { Wanted, Wants } from "./wants.js";

export class Graphs {
  readonly #wants: Wants;
  /** In order of submission: later graphs may refer to keys of earlier ones. */
  readonly #kept = new Map<string, Kept>();

  constructor(wants: Wants) {
    this.#wants = wants;
  }

  /** A graph of which `keys` are wanted, and noted as such already. */
  add(parts: readonly Submit[], keys: readonly string[]): void {
    const graphId = parts[0]?.graphId;
    if (graphId === undefined || keys.length === 0) return;
    const above = new Set<Kept>();
    for (const { tasks } of parts)
      for (const key of tasks.externals) for (const kept of graphsOf(this.#wants.get(key))) above.add(kept);
    const kept: Kept = { graphId, parts, wanted: 0, above: [...above], below: 0 };
    for (const each of above) each.below++;
    this.#kept.set(graphId, kept);
    for (const key of keys) {
      const wanted = this.#wants.get(key);
      if (wanted !== undefined) addTo(wanted, kept);
    }
  }

  unwanted({ graphs }: Wanted): void {
    if (graphs === undefined) return;
    if ("graphId" in graphs) this.#less(graphs);
    else for (const kept of graphs) this.#less(kept);
  }

  /**
   * A graph was refused. Gives the wanted keys that are of no other graph; those that are stay as they were, and this
   * graph has no part in them any more. Walks over all keys: it is rare.
   */
  refused(graphId: string): readonly string[] {
    const kept = this.#kept.get(graphId);
    const own: string[] = [];
    if (kept === undefined) return own;
    for (const wanted of this.#wants.all()) {
      const graphs = graphsOf(wanted);
      if (!graphs.includes(kept)) continue;
      const others = graphs.filter((each) => each !== kept);
      if (others.length === 0) own.push(wanted.key);
      else {
        wanted.graphs = others;
        kept.wanted--;
      }
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

  /** The id of a graph that is kept for fewer or more keys than are wanted of it, if there is one. */
  miscounted(): string | undefined {
    const counted = new Map<Kept, number>();
    for (const wanted of this.#wants.all())
      for (const kept of graphsOf(wanted)) counted.set(kept, (counted.get(kept) ?? 0) + 1);
    for (const kept of this.#kept.values()) {
      const isKept = kept.wanted > 0 || kept.below > 0;
      if (!isKept || kept.wanted !== (counted.get(kept) ?? 0)) return kept.graphId;
    }
    return undefined;
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

function graphsOf(wanted: Wanted | undefined): readonly Kept[] {
  const graphs = wanted?.graphs;
  if (graphs === undefined) return [];
  return "graphId" in graphs ? [graphs] : graphs;
}

/** Once, however often the key stands among those that are wanted. */
function addTo(wanted: Wanted, kept: Kept): void {
  const { graphs } = wanted;
  if (graphs === kept) return;
  if (graphs === undefined) wanted.graphs = kept;
  else {
    const others = "graphId" in graphs ? [graphs] : graphs;
    if (others.includes(kept)) return;
    wanted.graphs = [...others, kept];
  }
  kept.wanted++;
}
