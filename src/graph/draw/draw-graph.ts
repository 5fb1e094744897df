/** The drawing of a graph in which every key has a box of its own. */

import type { Graph } from "../graph.js";
import { idsOf, type GraphIndex } from "../graph-index.js";
import { keyPrefix } from "../key-name.js";
import { orderOf } from "../order/order.js";
import { Ref } from "../ref.js";
import { Task } from "../task.js";
import { colourOfName, colourOfPlace, colourOfState, pale, type Colour } from "./colour.js";
import type { Arrow, Box, BoxShape, Drawing } from "./drawing.js";
import { directionOf } from "./levels.js";
import { checkDrawOptions, stateLookup, type DrawOptions } from "./options.js";
import { functionName, linesOf } from "./text.js";

/** @throws MissingKeyError, CycleError (coloured by order only), InvalidArgumentError for a wrong option. */
export function drawingOf(graph: Graph, options: DrawOptions): Drawing {
  checkDrawOptions(options);
  const index = graph.index();
  const outputs = new Set(idsOf(index, options.outputs ?? []));
  const colour = colouring(index, options);
  return {
    title: options.title,
    direction: options.rankdir ?? directionOf(index),
    size: index.size,
    idAt: (at) => index.keys[at] as string,
    *boxes(): Iterable<Box> {
      for (let at = 0; at < index.size; at++) {
        const id = index.keys[at] as string;
        const node = index.nodes[at];
        yield {
          id,
          lines: linesOf(id, node),
          shape: shapeOf(node),
          colour: colour(at),
          isOutput: outputs.has(at),
        };
      }
    },
    arrows: () => arrowsOf(index),
  };
}

export function shapeOf(node: unknown): BoxShape {
  if (node instanceof Task) return "task";
  return node instanceof Ref ? "alias" : "data";
}

/** What a task is called in colours and summaries: its function, else its key. */
export function nameOf(key: string, node: unknown): string {
  return (node instanceof Task ? functionName(node) : "") || keyPrefix(key);
}

function* arrowsOf({ size, depStart, dataEnd, dep }: GraphIndex): Iterable<Arrow> {
  for (let to = 0; to < size; to++) {
    for (let e = depStart[to]!; e < depStart[to + 1]!; e++) {
      yield { from: dep[e]!, to, isControl: e >= dataEnd[to]! };
    }
  }
}

/** Steps of the colours by order: more could not be told apart. */
const orderSteps = 64;

function colouring(index: GraphIndex, options: DrawOptions): (at: number) => Colour {
  if (options.color === "state") {
    const stateOf = stateLookup(options.states);
    return (at) => colourOfState(stateOf(index.keys[at] as string));
  }
  if (options.color === "order") {
    const rank = orderOf(index);
    const step = Math.max(1, index.size - 1);
    const colours = Array.from({ length: orderSteps + 1 }, (_, i) => colourOfPlace(i / orderSteps));
    return (at) => colours[Math.round((rank[at]! / step) * orderSteps)] ?? pale;
  }
  const known = new Map<string, Colour>();
  return (at) => {
    const node = index.nodes[at];
    if (!(node instanceof Task)) return pale;
    const name = nameOf(index.keys[at] as string, node);
    let colour = known.get(name);
    if (colour === undefined) known.set(name, (colour = colourOfName(name)));
    return colour;
  };
}
