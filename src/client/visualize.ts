/** `visualize`: a picture of a graph in a file. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { InvalidArgumentError, describe } from "../errors.js";
import type { DrawFormat, DrawOptions } from "../graph/draw/render.js";
import { Graph } from "../graph/graph.js";
import { cull } from "../graph/passes/cull.js";
import { optimize } from "../graph/passes/optimize.js";
import { checkKey } from "../graph/ref.js";
import { isPlainObject } from "../graph/references.js";
import { collectGraph } from "../graph/source.js";
import { collectionsIn } from "./gather.js";

export interface VisualizeOptions extends DrawOptions {
  /** Draws what would run after optimisation, not the graph as it was built. */
  readonly optimize?: boolean | undefined;
}

const formats: Readonly<Record<string, DrawFormat>> = {
  ".svg": "svg",
  ".png": "png",
  ".dot": "dot",
  ".mmd": "mmd",
};

/** The endings a picture's file may have. */
export const pictureEndings = Object.keys(formats);

/** Draws what `keys` need. */
export function visualize(
  graph: Graph,
  keys: readonly string[] | string,
  file: string,
  options?: VisualizeOptions,
): Promise<void>;
/** Draws a lazy value, a structure of lazy values, or a whole graph. */
export function visualize(what: unknown, file: string, options?: VisualizeOptions): Promise<void>;
/**
 * Draws the graph of lazy values, or a graph, into `file`. The file's ending chooses the format: `.svg`, `.png`,
 * `.dot` (Graphviz) or `.mmd` (Mermaid). Folders that are missing are made.
 *
 * @throws InvalidArgumentError for another ending or a wrong argument, MissingKeyError, CycleError when coloured by
 * order, MissingDependencyError for `.png` without the optional package that draws it.
 */
export async function visualize(...args: readonly unknown[]): Promise<void> {
  const [what] = args;
  const withKeys = what instanceof Graph && typeof args[2] === "string";
  const [file, options = {}] = args.slice(withKeys ? 2 : 1);
  if (!isPlainObject(options)) {
    throw new InvalidArgumentError("visualize(…, options)", `got ${describe(options)}`, "Give an object.");
  }
  const format = formatOf(file);
  const { graph, outputs } = withKeys ? ofKeys(what, args[1]) : ofWhat(what);
  await drawInto(file as string, graph, outputs, format, options);
}

/** The format a file's ending stands for. @throws InvalidArgumentError for an ending that stands for none. */
export function formatOf(file: unknown): DrawFormat {
  const ending = typeof file === "string" ? extname(file).toLowerCase() : "";
  if (Object.hasOwn(formats, ending)) return formats[ending]!;
  const problem =
    typeof file === "string"
      ? `${JSON.stringify(file)} does not end in a known format`
      : `got ${describe(file)}`;
  throw new InvalidArgumentError(
    "visualize(…, file)",
    problem,
    `Name a file that ends in ${pictureEndings.join(", ")}.`,
  );
}

/** Draws `graph`, with `outputs` shown as such, into `file`. */
export async function drawInto(
  file: string,
  graph: Graph,
  outputs: readonly string[],
  format: DrawFormat,
  { optimize: optimized = false, ...options }: VisualizeOptions,
): Promise<void> {
  const shown = optimized ? optimize(graph, outputs) : graph;
  // The layout engine is large, and most programs never draw.
  const { drawGraph } = await import("../graph/draw/render.js");
  const picture = await drawGraph(shown, format, { ...options, outputs });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, picture);
}

function ofKeys(graph: Graph, asked: unknown): { graph: Graph; outputs: readonly string[] } {
  const keys: readonly unknown[] = Array.isArray(asked) ? asked : [asked];
  const outputs = keys.map((key) => checkKey(key, "visualize(graph, keys, file)"));
  return { graph: cull(graph, outputs), outputs };
}

function ofWhat(what: unknown): { graph: Graph; outputs: readonly string[] } {
  if (what instanceof Graph) return { graph: what, outputs: [] };
  const collections = collectionsIn(what, "visualize");
  if (collections.length === 0) {
    throw new InvalidArgumentError(
      "visualize(what, file)",
      "there is no lazy value in what was given",
      "Give a lazy value, a structure with some, or a graph.",
    );
  }
  return {
    graph: collectGraph([...new Set(collections.map((each) => each.source))]),
    outputs: [...new Set(collections.flatMap((each) => each.outputs))],
  };
}
