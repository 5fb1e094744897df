/** Drawings in DOT, Graphviz' language. */

import type { Graph } from "../graph.js";
import type { Box, Drawing } from "./drawing.js";
import { drawingOf } from "./draw-graph.js";
import type { DrawOptions } from "./options.js";
import { printable } from "./printable.js";

/** The one font of the web whose widths Graphviz knows and free fonts (DejaVu Sans) share. */
export const fontName = "Verdana";
const fontSize = 10;
/** From here on Graphviz is told to stop improving early: the last little costs the most. */
const manyBoxes = 1000;

/**
 * The graph in DOT, one node a key, named by it. Linear in the graph's size, whatever that is.
 *
 * @throws MissingKeyError, InvalidArgumentError for a wrong option; CycleError when coloured by order.
 */
export function toDot(graph: Graph, options: DrawOptions = {}): string {
  return dotOf(drawingOf(graph, options));
}

export function dotOf(drawing: Drawing): string {
  const title =
    drawing.title === undefined ? "" : `label=${label(drawing.title.split("\n"))},labelloc=t,fontsize=16,`;
  // Boxes are wider than high: beside each other they need more room than below each other.
  const gap = drawing.direction === "LR" || drawing.direction === "RL" ? 0.09 : 0.18;
  const effort = drawing.size > manyBoxes ? "nslimit=2,mclimit=0.3," : "";
  const lines = [
    "digraph skein {",
    `graph[${title}${effort}rankdir=${drawing.direction},bgcolor=white,pad=0.3,nodesep=${gap},ranksep=0.4,fontname=${fontName}];`,
    `node[fontname=${fontName},fontsize=${fontSize},margin="0.12,0.04",height=0.27,width=0.5,penwidth=1];`,
    `edge[fontname=${fontName},fontsize=8,color="#7d8894",fontcolor="#4b5560",arrowsize=0.6,penwidth=0.8];`,
  ];
  // Nodes share most of their looks with the node before: those are said when they change.
  let looks = "";
  for (const box of drawing.boxes()) {
    const own = looksOf(box);
    if (own !== looks) lines.push(`node[${own}];`);
    looks = own;
    const strong = box.isOutput ? ",penwidth=2.5" : "";
    lines.push(`${quoted(box.id)}[label=${label(box.lines)}${strong}${widthFor(box.lines)}];`);
  }
  for (const { from, to, isControl, label: text } of drawing.arrows()) {
    const attributes = [
      ...(isControl ? ["style=dashed", "arrowhead=empty"] : []),
      ...(text === undefined ? [] : [`label=${label([text])}`]),
    ];
    const looks = attributes.length === 0 ? "" : `[${attributes.join(",")}]`;
    lines.push(`${quoted(drawing.idAt(from))}->${quoted(drawing.idAt(to))}${looks};`);
  }
  lines.push("}", "");
  return lines.join("\n");
}

const styles = {
  task: 'shape=box,style="rounded,filled"',
  data: "shape=box,style=filled",
  alias: 'shape=box,style="rounded,filled,dashed"',
  group: 'shape=box,style="rounded,filled"',
} as const;

function looksOf({ shape, colour }: Box): string {
  return `${styles[shape]},fillcolor="${colour.fill}",color="${colour.line}",fontcolor="${colour.text}"`;
}

/** Graphviz does not know how wide letters beyond the Latin ones are: they get room for the widest there are. */
function widthFor(lines: readonly string[]): string {
  if (lines.every((line) => /^[\u0020-\u024f…→×]*$/.test(line))) return "";
  const ems = lines.map((line) => Array.from(line).reduce((sum, c) => sum + (c < "\u1100" ? 0.7 : 1.1), 0));
  return `,width=${((Math.max(...ems) * fontSize) / 72 + 0.24).toFixed(2)}`;
}

/** Text that means nothing but itself, in names and labels. */
const plain = /^[\w .:;,/()[\]{}<>=+*#!?'|~^$@-]*$/;

/**
 * A name. Entities rather than backslashes, which stay in names; a percent sign in front would mark a name that
 * Graphviz made.
 */
function quoted(id: string): string {
  return plain.test(id) ? `"${id}"` : `"${withEntities(id)}"`;
}

function label(lines: readonly string[]): string {
  return `"${lines.map((line) => (plain.test(line) ? line : withEntities(line))).join("\\n")}"`;
}

function withEntities(text: string): string {
  return printable(text).replaceAll(/["&%\\]/g, (c) => `&#${c.charCodeAt(0)};`);
}
