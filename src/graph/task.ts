/** A task: a function, the arguments it will be called with, what must run before it, and how to run it. */

import { InvalidArgumentError, describe } from "../errors.js";
import { unwrapFunction, type AnyFunction } from "./functions.js";
import { checkKey, taskMark, type Ref } from "./ref.js";
import { isPlainObject, referencedKeys } from "./references.js";

/** How a task is to be run. All are optional; what is absent follows the computation's own settings. */
export interface TaskOptions {
  /** How many more times to try after a failure. */
  readonly retries?: number;
  /** Larger runs earlier. */
  readonly priority?: number;
  /** The longest one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** Names of the workers that may run it. */
  readonly workers?: readonly string[];
  /** Amounts of named resources it occupies while it runs. */
  readonly resources?: Readonly<Record<string, number>>;
  /** Same arguments, same result, no effects: may be merged with an equal task, or run twice. */
  readonly pure?: boolean;
  /** `workers` is a wish: others may run it when none of those is there. */
  readonly allowOtherWorkers?: boolean;
  /** Cheap enough to be repeated inside each of its dependents. */
  readonly inline?: boolean;
}

const noOptions: TaskOptions = Object.freeze({});
const noKeys: readonly string[] = Object.freeze([]);

/** An argument of type `T`, or a reference that will become one. */
export type Argument<T> = T | Ref | (T extends readonly (infer E)[] ? readonly Argument<E>[] : never);

/** An immutable call waiting for its arguments. Made by {@link task}. */
export class Task {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
  /** Keys whose results are among the arguments, each once. */
  readonly refs: readonly string[];
  /** Keys that must have run before, and whose results are not needed. */
  readonly controls: readonly string[];
  readonly options: TaskOptions;

  /** Trusts its arguments; {@link task} and the graph passes check them. */
  constructor(
    fn: AnyFunction,
    args: readonly unknown[],
    refs: readonly string[],
    controls: readonly string[] = noKeys,
    options: TaskOptions = noOptions,
  ) {
    this.fn = fn;
    this.args = args;
    this.refs = refs;
    this.controls = controls;
    this.options = options;
  }

  get [taskMark](): true {
    return true;
  }

  /** This task, started only after `keys` have run. */
  after(...keys: readonly string[]): Task {
    for (const key of keys) checkKey(key, "task.after(key)");
    return this.copy({ controls: [...new Set([...this.controls, ...keys])] });
  }

  /**
   * This task, run as `options` say; options given before stay unless named again.
   *
   * @throws InvalidArgumentError for an option of the wrong kind or range.
   */
  with(options: TaskOptions): Task {
    return this.copy({ options: { ...this.options, ...checkTaskOptions(options, "task.with") } });
  }

  /** A task of the same kind with some parts replaced. Subclasses keep their own. */
  protected copy(parts: { readonly controls?: readonly string[]; readonly options?: TaskOptions }): Task {
    return new Task(
      this.fn,
      this.args,
      this.refs,
      parts.controls ?? this.controls,
      parts.options ?? this.options,
    );
  }
}

/**
 * A call of `fn` with `args`, where `ref(key)` stands for another task's result, also inside arrays and plain
 * objects.
 *
 * @example
 * const total = task((parts: number[]) => parts.reduce((a, b) => a + b), [ref("x"), ref("y")]);
 *
 * @throws InvalidArgumentError when `fn` is no function or an argument is a lazy value.
 * @throws FunctionAsDataError when an argument is a delayed function that was not called.
 */
export function task<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  ...args: { readonly [I in keyof A]: unknown }
): Task {
  if (typeof fn !== "function") {
    throw new InvalidArgumentError(
      "task(fn, …)",
      `the first argument is ${describe(fn)}`,
      "Give the function to call; plain data goes into the graph as it is.",
    );
  }
  const call = unwrapFunction(fn as AnyFunction);
  return new Task(
    call,
    args,
    args.length === 0 ? noKeys : referencedKeys(args, `task(${call.name || "fn"})`),
  );
}

/** What a timer of the engine can count to. */
const longestTimerMs = 2 ** 31 - 1;

/** Names that are more than names in JavaScript: no message carries them. */
const notNames: ReadonlySet<string> = new Set(["", "__proto__", "constructor", "prototype"]);

const checks: {
  readonly [K in keyof Required<TaskOptions>]: readonly [(value: unknown) => boolean, string];
} = {
  retries: [(v) => Number.isSafeInteger(v) && (v as number) >= 0, "a whole number, 0 or more"],
  priority: [(v) => Number.isFinite(v), "a finite number"],
  timeoutMs: [
    (v) => typeof v === "number" && v > 0 && v <= longestTimerMs,
    "a number of milliseconds above 0, at most 24 days",
  ],
  workers: [isNonEmptyStrings, "a non-empty array of worker names"],
  resources: [isAmounts, "an object of amounts, such as { gpu: 1 }"],
  pure: [(v) => typeof v === "boolean", "true or false"],
  allowOtherWorkers: [(v) => typeof v === "boolean", "true or false"],
  inline: [(v) => typeof v === "boolean", "true or false"],
};

function isNonEmptyStrings(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === "string" && v !== "");
}

/** Whether it is an object of amounts of named resources. */
export function isAmounts(value: unknown): boolean {
  return (
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, v]) => !notNames.has(name) && typeof v === "number" && v >= 0 && Number.isFinite(v),
    )
  );
}

/** The given task options, those that are `undefined` left out. @throws InvalidArgumentError */
export function checkTaskOptions(options: TaskOptions, where: string): TaskOptions {
  if (!isPlainObject(options)) {
    throw new InvalidArgumentError(
      `${where}(options)`,
      `got ${describe(options)}`,
      "Give an object of options.",
    );
  }
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof TaskOptions] : undefined;
    if (check === undefined) {
      throw new InvalidArgumentError(
        `${where}({ ${name} })`,
        "there is no such option",
        `Known are ${Object.keys(checks).join(", ")}.`,
      );
    }
    if (value === undefined) continue;
    if (!check[0](value)) {
      throw new InvalidArgumentError(`${where}({ ${name} })`, `got ${describe(value)}`, `Give ${check[1]}.`);
    }
    // What the caller keeps may change later; the task does not.
    out[name] = Array.isArray(value)
      ? [...(value as unknown[])]
      : isPlainObject(value)
        ? { ...value }
        : value;
  }
  return out;
}
