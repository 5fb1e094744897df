/**
 * Several tasks run as one.
 *
 * A fused task stands under the key of its last part, so its dependents notice nothing. It is an ordinary Task:
 * calling `fn` with the resolved arguments gives the last part's result. All there is to it is data (`parts`,
 * `controls`, `options`); `fn`, `args` and `refs` follow from that, so it can be sent anywhere its parts can.
 */

import { InvalidArgumentError } from "../../errors.js";
import type { AnyFunction } from "../functions.js";
import { Ref } from "../ref.js";
import { Task, type TaskOptions } from "../task.js";
import { PartProgram, type Part, type PartObserver } from "./part-program.js";

/** With more inputs than this they are handed over as one array: a call has room for some ten thousand only. */
const flatInputs = 1024;

export class Fused extends Task {
  readonly #program: PartProgram;

  /** Trusts its arguments; {@link fusedOf} finds `refs` and `controls` and checks the parts. */
  constructor(
    parts: readonly Part[],
    refs: readonly string[],
    controls: readonly string[] = [],
    options: TaskOptions = {},
  ) {
    const program = new PartProgram(parts, refs);
    const inputs = refs.map((key) => new Ref(key));
    const packed = inputs.length > flatInputs;
    super(callOf(program, packed, undefined), packed ? [inputs] : inputs, refs, controls, options);
    this.#program = program;
  }

  /** The tasks inside, each with the key it had, in the order in which they run. The last one's key is this task's. */
  get parts(): readonly Part[] {
    return this.#program.parts;
  }

  /** Like `fn`, and tells `observer` about every part. Both throw a PartError when a part fails. */
  observed(observer: PartObserver): AnyFunction {
    return callOf(this.#program, this.refs.length > flatInputs, observer);
  }

  protected override copy(changes: {
    readonly controls?: readonly string[];
    readonly options?: TaskOptions;
  }): Fused {
    return new Fused(
      this.parts,
      this.refs,
      changes.controls ?? this.controls,
      changes.options ?? this.options,
    );
  }
}

function callOf(program: PartProgram, packed: boolean, observer: PartObserver | undefined): AnyFunction {
  return packed
    ? (inputs: readonly unknown[]) => program.run([...inputs], observer)
    : (...inputs: unknown[]) => program.run(inputs, observer);
}

/**
 * The fused task of `parts`, with the inputs and control edges that its parts have from outside.
 *
 * @param parts in an order in which they can run, each key once.
 * @param extra control edges and options on top of what follows from the parts.
 * @throws InvalidArgumentError when there are no parts, a key comes twice, or a part comes before one it needs.
 */
export function fusedOf(
  parts: readonly Part[],
  extra: { readonly controls?: readonly string[]; readonly options?: TaskOptions } = {},
): Fused {
  const done = new Set<string>();
  const refs = new Set<string>();
  const controls = new Set<string>();
  for (const { key, task } of parts) {
    for (const needed of task.refs) if (!done.has(needed)) refs.add(needed);
    for (const needed of task.controls) if (!done.has(needed)) controls.add(needed);
    if (done.has(key)) throw broken(`the key ${JSON.stringify(key)} comes twice`);
    if (refs.has(key) || controls.has(key)) {
      throw broken(`${JSON.stringify(key)} comes after a part that needs it`);
    }
    done.add(key);
  }
  if (done.size === 0) throw broken("there are none");
  for (const key of extra.controls ?? []) controls.add(key);
  // An input has run before anyway.
  for (const key of refs) controls.delete(key);
  return new Fused(parts, [...refs], [...controls], extra.options ?? {});
}

function broken(problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    "The parts of a fused task",
    problem,
    "Give one or more parts in the order in which they run, each key once.",
  );
}
