/** The passes, one after the other. */

import { describe, InvalidArgumentError } from "../../errors.js";
import { Graph } from "../graph.js";
import { culled } from "./cull.js";
import { deduped } from "./dedupe.js";
import type { FuseOptions } from "./fuse-groups.js";
import { checkFuseOptions, fusedGraph } from "./fuse.js";
import type { InlineOptions } from "./inline-choice.js";
import { checkInlineOptions, inlined } from "./inline.js";
import { checkOptions } from "./check-options.js";
import { simplified } from "./simplify.js";
import { subjectOf, type Subject } from "./subject.js";

/** The passes of Skein by name. */
export type PassName = "cull" | "simplify" | "dedupe" | "inline" | "fuse";

/** A pass of your own: a graph in which the outputs have the same results as in the one given. */
export type Pass = (graph: Graph, outputs: readonly string[]) => Graph;

export interface OptimizeOptions {
  /** What is done, in this order. Default: cull, simplify, dedupe, inline, fuse. */
  readonly passes?: readonly (PassName | Pass)[];
  /** For `inline`, wherever it comes. */
  readonly inline?: InlineOptions;
  /** For `fuse`, wherever it comes. */
  readonly fuse?: FuseOptions;
}

const stages: Readonly<Record<PassName, (subject: Subject, options: OptimizeOptions) => Graph>> = {
  cull: culled,
  simplify: simplified,
  dedupe: deduped,
  inline: (subject, options) => inlined(subject, options.inline ?? {}),
  fuse: (subject, options) => fusedGraph(subject, options.fuse ?? {}),
};

const defaultPasses: readonly PassName[] = ["cull", "simplify", "dedupe", "inline", "fuse"];

/**
 * A graph with the same results for `outputs` that costs less to run; `graph` itself when there is nothing to
 * gain. Outputs stay addressable under their own keys, other keys may be gone.
 *
 * Cost: linear in tasks and edges; less than a third of a microsecond a task when no pass changes anything.
 *
 * @throws MissingKeyError for an output that is not in the graph; InvalidArgumentError for an unknown pass or option.
 */
export function optimize(graph: Graph, outputs: Iterable<string>, options: OptimizeOptions = {}): Graph {
  checkOptions("optimize", options, {
    passes: [Array.isArray, `an array of functions and of ${defaultPasses.join(", ")}`],
    inline: [isObject, "the options of inline"],
    fuse: [isObject, "the options of fuse"],
  });
  checkInlineOptions(options.inline ?? {});
  checkFuseOptions(options.fuse ?? {});
  const passes = (options.passes ?? defaultPasses).map((pass) => stageOf(pass));
  let subject = subjectOf(graph, outputs, "optimize");
  let optimized = graph;
  for (const pass of passes) {
    // The index of what the last pass gives is left to whoever runs it.
    subject = subject.over(optimized);
    optimized = pass(subject, options);
  }
  return optimized;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function stageOf(pass: PassName | Pass): (subject: Subject, options: OptimizeOptions) => Graph {
  if (typeof pass === "function") {
    return (subject) => {
      const graph: unknown = pass(subject.graph, subject.outputs);
      if (graph instanceof Graph) return graph;
      throw new InvalidArgumentError(
        `optimize(graph, outputs, { passes })`,
        `the pass ${pass.name || "(anonymous)"} gave ${describe(graph)}`,
        "A pass gives a Graph, the one it got when there is nothing to change.",
      );
    };
  }
  if (Object.hasOwn(stages, pass)) return stages[pass];
  throw new InvalidArgumentError(
    "optimize(graph, outputs, { passes })",
    `there is no pass ${describe(pass)}`,
    `Known are ${defaultPasses.join(", ")}; a function (graph, outputs) => graph will do as well.`,
  );
}
