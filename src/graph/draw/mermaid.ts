/** Drawings in Mermaid, which code forges and wikis draw where it stands. */

import type { Graph } from "../graph.js";
import type { Box, Drawing } from "./drawing.js";
import { drawingOf } from "./draw-graph.js";
import type { DrawOptions } from "./options.js";
import { printable } from "./printable.js";

/**
 * The graph as a Mermaid flowchart. Linear in the graph's size; programs that draw Mermaid stop at a few hundred
 * arrows unless told otherwise.
 *
 * @throws MissingKeyError, InvalidArgumentError for a wrong option; CycleError when coloured by order.
 */
export function toMermaid(graph: Graph, options: DrawOptions = {}): string {
  return mermaidOf(drawingOf(graph, options));
}

function mermaidOf(drawing: Drawing): string {
  const lines: string[] = [];
  if (drawing.title !== undefined)
    lines.push("---", `title: ${JSON.stringify(printable(drawing.title))}`, "---");
  lines.push(`flowchart ${drawing.direction}`);
  const classes = new Map<string, string>();
  const outputs: string[] = [];
  let at = 0;
  for (const box of drawing.boxes()) {
    const looks = looksOf(box);
    const name = classes.get(looks) ?? `c${classes.size}`;
    classes.set(looks, name);
    const [open, close] = box.shape === "data" ? ["[", "]"] : ["(", ")"];
    lines.push(`  n${at}${open}"${box.lines.map(escaped).join("<br/>")}"${close}:::${name}`);
    if (box.isOutput) outputs.push(`n${at}`);
    at++;
  }
  for (const { from, to, isControl, label } of drawing.arrows()) {
    const text = label === undefined ? "" : `|"${escaped(label)}"|`;
    lines.push(`  n${from} ${isControl ? "-.->" : "-->"}${text} n${to}`);
  }
  for (const [looks, name] of classes) lines.push(`  classDef ${name} ${looks}`);
  if (outputs.length > 0) {
    lines.push("  classDef output stroke-width:3px", ...outputs.map((id) => `  class ${id} output`));
  }
  lines.push("");
  return lines.join("\n");
}

function looksOf({ shape, colour }: Box): string {
  const dashes = shape === "alias" ? ",stroke-dasharray:4 3" : "";
  return `fill:${colour.fill},stroke:${colour.line},color:${colour.text}${dashes}`;
}

/**
 * Inside quotes Mermaid reads entities by number between `#` and `;`, directives between `%%`, and some Markdown:
 * code, emphasis, and lists, which it then refuses.
 */
const meaningful = /["#&<>`\\%*]|(?<![0-9a-z])_|_(?![0-9a-z])|^\s*[-+]|(?<=^\s*\d+)[.)]/gi;

function escaped(text: string): string {
  return printable(text).replaceAll(
    meaningful,
    (match) => `${match.slice(0, -1)}#${match.charCodeAt(match.length - 1)};`,
  );
}
