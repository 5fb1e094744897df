/**
 * Random graphs of everything a graph may hold: data, aliases, identities, pure and impure tasks, references at
 * the top, nested and repeated, quoted look-alikes, control edges, and settings of their own; in any order of
 * insertion.
 *
 * A plan is plain data, so that fast-check can shrink and print it. Every impure task writes its key into `log`
 * when it runs; every call of a pure function writes what it was called with.
 */

import fc from "fast-check";
import { Graph } from "../../src/graph/graph.js";
import { quote, ref, type Ref } from "../../src/graph/ref.js";
import { task, type Task, type TaskOptions } from "../../src/graph/task.js";

export interface NodePlan {
  readonly kind: "data" | "structure" | "alias" | "identity" | "pure" | "impure";
  /** Turned into keys of nodes planned before. */
  readonly needs: readonly number[];
  readonly after: readonly number[];
  readonly shape: "flat" | "array" | "object" | "twice" | "quoted";
  readonly fn: number;
  readonly value: number;
  readonly options: TaskOptions;
}

export interface GraphPlan {
  readonly nodes: readonly NodePlan[];
  readonly outputs: readonly number[];
  /** Sorts the entries. */
  readonly places: readonly number[];
}

export interface BuiltGraph {
  readonly graph: Graph;
  readonly outputs: readonly string[];
  readonly log: string[];
}

export const keyOf = (i: number): string => `n${i}`;

const digits = fc.nat({ max: 50 });

const options: fc.Arbitrary<TaskOptions> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.record(
    {
      retries: fc.constantFrom(1, 2),
      timeoutMs: fc.constantFrom(50, 100),
      workers: fc.constantFrom(["a"], ["a", "b"]),
      resources: fc.constantFrom({ gpu: 1 }, { gpu: 2 }),
      priority: fc.constantFrom(1),
      inline: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  { weight: 2, arbitrary: fc.constant({ inline: true }) },
);

const node: fc.Arbitrary<NodePlan> = fc.record({
  kind: fc.constantFrom("data", "structure", "alias", "identity", "pure", "pure", "pure", "impure", "impure"),
  needs: fc.array(digits, { maxLength: 3 }),
  after: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(digits, { maxLength: 2 })),
  shape: fc.constantFrom("flat", "flat", "array", "object", "twice", "quoted"),
  fn: fc.nat({ max: 1 }),
  value: fc.nat({ max: 2 }),
  options,
});

export const graphPlan: fc.Arbitrary<GraphPlan> = fc
  .array(node, { minLength: 1, maxLength: 24 })
  .chain((nodes) =>
    fc.record({
      nodes: fc.constant(nodes),
      outputs: fc.array(fc.nat({ max: nodes.length - 1 }), { minLength: 1, maxLength: 4 }),
      places: fc.array(fc.nat(), { minLength: nodes.length, maxLength: nodes.length }),
    }),
  );

/** The planned keys that node `i` needs, each once: data, then control. */
export function needsOf(plan: GraphPlan, i: number): { readonly data: number[]; readonly control: number[] } {
  const { kind, needs, after } = plan.nodes[i] as NodePlan;
  const earlier = (list: readonly number[]): number[] =>
    i === 0 ? [] : [...new Set(list.map((n) => n % i))];
  if (kind === "data" || i === 0) return { data: [], control: [] };
  if (kind === "structure") return { data: earlier(needs), control: [] };
  if (kind === "alias") return { data: earlier(needs.length === 0 ? [0] : needs.slice(0, 1)), control: [] };
  if (kind === "identity") return { data: earlier([needs[0] ?? 0]), control: earlier(after) };
  return { data: earlier(needs), control: earlier(after) };
}

export function build(plan: GraphPlan): BuiltGraph {
  const log: string[] = [];
  const pure = [0, 1].map((salt) => (...args: readonly unknown[]): number => {
    const result = digest([salt, args]);
    log.push(`pure ${salt} ${result}`);
    return result;
  });
  const entries = plan.nodes.map((_, i) => [keyOf(i), entryOf(plan, i, pure, log)] as const);
  const sorted = entries
    .map((entry, i) => ({ entry, place: plan.places[i] as number }))
    .sort((a, b) => a.place - b.place)
    .map(({ entry }) => entry);
  return { graph: Graph.of(sorted), outputs: plan.outputs.map(keyOf), log };
}

function entryOf(
  plan: GraphPlan,
  i: number,
  pure: readonly ((...args: readonly unknown[]) => number)[],
  log: string[],
): unknown {
  const { kind, shape, fn, value, options: settings } = plan.nodes[i] as NodePlan;
  const needs = needsOf(plan, i);
  const refs = needs.data.map((need) => ref(keyOf(need)));
  const first = refs[0];
  if (kind === "data" || (first === undefined && kind !== "pure" && kind !== "impure"))
    return [0, "one", null][value];
  if (kind === "structure") return { of: refs, value };
  if (kind === "alias") return first;
  let call: Task;
  if (kind === "identity") call = task((x: unknown) => x, first);
  else if (kind === "pure") call = task(pure[fn]!, ...argumentsOf(shape, refs, value)).with({ pure: true });
  else {
    call = task(
      (...args: readonly unknown[]) => {
        log.push(keyOf(i));
        return digest([i, args]);
      },
      ...argumentsOf(shape, refs, value),
    );
  }
  return call.with(settings).after(...needs.control.map(keyOf));
}

function argumentsOf(shape: NodePlan["shape"], refs: readonly Ref[], value: number): unknown[] {
  switch (shape) {
    case "flat":
      return [...refs, value];
    case "array":
      return [[value, [...refs]], value];
    case "object":
      return [{ value, refs: Object.fromEntries(refs.map((one, at) => [`r${at}`, one])) }];
    case "twice":
      return [...refs, ...refs, { again: refs }];
    default:
      return [quote({ like: "a reference", to: ref(keyOf(0)).key }), [quote([value])], ...refs];
  }
}

/** A number that differs where values differ, cheaply and well enough for tests. */
function digest(value: unknown): number {
  let hash = 17;
  for (const c of JSON.stringify(value) ?? "undefined") hash = (Math.imul(hash, 31) + c.charCodeAt(0)) | 0;
  return hash;
}
