/**
 * What is published under a name: a structure of futures, handles and persisted collections, as keys and a template
 * from which another client makes the same structure again.
 */

import { Bag } from "../../collections/bag/bag.js";
import { unknownShape } from "../../collections/bag/partitioned.js";
import type { Collection } from "../../collections/collection.js";
import { Lazy } from "../../collections/lazy.js";
import { describe, InvalidArgumentError } from "../../errors.js";
import { decodeValue, encodeValue } from "../../executor/values/codec.js";
import { HeldMark, type HeldKind } from "../../executor/values/marks.js";
import { External } from "../../graph/external.js";
import { replaceInside } from "../../graph/references.js";
import { collectGraph } from "../../graph/source.js";
import { tokenize } from "../../graph/tokenize/tokenize.js";
import { collectionsIn, replaceCollections } from "../gather.js";
import { Future } from "./future.js";
import { Handle, type HandleKeeper } from "./handle.js";

export interface Publication {
  readonly keys: readonly string[];
  /** The structure, encoded, with marks in the places of what is held. */
  readonly meta: Uint8Array;
}

/** @throws InvalidArgumentError for what does not stand on values that `keeper` holds; UnserializableError. */
export function publicationOf(what: unknown, keeper: HandleKeeper): Publication {
  const keys: string[] = [];
  const marks = new Map<Collection<unknown>, HeldMark>();
  for (const each of collectionsIn(what, "client.publish")) {
    const held = heldKeys(each, keeper);
    marks.set(each, new HeldMark(kindOf(each), keys.length, held.length));
    keys.push(...held);
  }
  if (keys.length === 0) throw refused(what, "It holds no future, and no lazy value that was persisted.");
  const marked = replaceCollections(what, (each) => marks.get(each));
  return { keys, meta: encodeValue(marked, { what: "what is published" }).slice() };
}

/** The structure again, over handles that `adopt` makes. */
export function publishedWhat({ keys, meta }: Publication, adopt: Adopt): unknown {
  const root = decodeValue(meta);
  return replaceInside(root, (leaf) => {
    if (!(leaf instanceof HeldMark)) return leaf;
    const own = keys.slice(leaf.from, leaf.from + leaf.count);
    // A promise of the whole would be one of the value, if the whole were a future.
    return revived(root === leaf && leaf.kind === "future" ? "handle" : leaf.kind, own, adopt);
  });
}

interface Adopt {
  future(key: string): Future;
  handle(key: string): Handle;
}

function revived(kind: HeldKind, keys: readonly string[], adopt: Adopt): unknown {
  const [first] = keys;
  if (first === undefined) throw new Error("a publication without keys");
  switch (kind) {
    case "future":
      return adopt.future(first);
    case "handle":
      return adopt.handle(first);
    case "lazy": {
      return new Lazy(first, adopt.handle(first).source);
    }
    case "bag": {
      const entries = keys.map((key) => [key, new External(key, adopt.handle(key))] as const);
      const source = { entries, parents: [] };
      return new Bag({ id: tokenize(keys), keys, source, shape: unknownShape(), blockwise: true });
    }
  }
}

function kindOf(what: Collection<unknown>): HeldKind {
  if (what instanceof Future) return "future";
  if (what instanceof Handle) return "handle";
  if (what instanceof Bag) return "bag";
  if (what instanceof Lazy) return "lazy";
  throw refused(what, "Give futures, lazy values or bags.");
}

/** What the cluster calls the outputs of a collection. */
function heldKeys(what: Collection<unknown>, keeper: HandleKeeper): string[] {
  const graph = collectGraph([what.source]);
  return what.outputs.map((key) => {
    const node = graph.get(key);
    if (node instanceof External && node.handle instanceof Handle && node.handle.isKeptBy(keeper))
      return node.key;
    throw refused(what, "Persist it on this cluster first: await client.persist(…).");
  });
}

function refused(what: unknown, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError("client.publish(name, what)", `got ${describe(what)}`, remedy);
}
