/** Pictures of graphs. */

import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { InvalidArgumentError, describe } from "../../errors.js";
import type { Graph } from "../graph.js";
import { drawingOf } from "./draw-graph.js";
import { dotOf, fontName, toDot } from "./dot.js";
import { measure } from "./levels.js";
import { toMermaid } from "./mermaid.js";
import type { DrawOptions } from "./options.js";
import { pngOf } from "./png.js";
import { summaryOf } from "./summary.js";

export type { DrawOptions } from "./options.js";

export type DrawFormat = "svg" | "png" | "dot" | "mmd";

/** Fonts about as wide as the one that boxes are laid out for; whichever is there. */
const fonts = `${fontName}, DejaVu Sans, Bitstream Vera Sans, Geneva, sans-serif`;

/** What is laid out in seconds; more is drawn as a summary. */
const mostKeys = 5000;
/** The lengths of all edges together, counted in the levels that they cross. */
const mostSpan = 10_000;

/**
 * The graph as text in DOT or Mermaid (`"dot"`, `"mmd"`), or as a picture (`"svg"`: text, `"png"`: bytes).
 *
 * Text is linear in the graph's size. Pictures are laid out by Graphviz, in at most some seconds: of a graph with
 * more than 5,000 keys, or with very many or long edges, all tasks of one name are drawn as one box, which the
 * picture says.
 *
 * @throws MissingKeyError, InvalidArgumentError for a wrong option or format; CycleError when coloured by order;
 *   MissingDependencyError for `"png"` where the optional package `@resvg/resvg-js` is not installed.
 */
export async function drawGraph(
  graph: Graph,
  format: DrawFormat,
  options: DrawOptions = {},
): Promise<string | Uint8Array> {
  switch (format) {
    case "dot":
      return toDot(graph, options);
    case "mmd":
      return toMermaid(graph, options);
    case "svg":
      return svgOf(graph, options);
    case "png":
      return pngOf(await svgOf(graph, options));
    default:
      throw new InvalidArgumentError(
        "drawGraph(graph, format)",
        `got ${describe(format)}`,
        'Known are "svg", "png", "dot" and "mmd".',
      );
  }
}

async function svgOf(graph: Graph, options: DrawOptions): Promise<string> {
  const isLarge = graph.size > mostKeys || measure(graph.index()).span > mostSpan;
  const drawing = isLarge ? summaryOf(graph, options) : drawingOf(graph, options);
  const graphviz = await Graphviz.load();
  const svg = graphviz.layout(dotOf(drawing), "svg", "dot");
  return svg.replaceAll(`font-family="${fontName}"`, `font-family="${fonts}"`);
}
