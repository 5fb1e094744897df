/** What is wrong with a graph or its keys. */

import { SkeinError, type ValuePath, quoted, arrowList, describe } from "./base.js";

/** The tasks of a graph depend on each other in a circle; `.cycle` names the keys, first key repeated last. */
export class CycleError extends SkeinError {
  readonly code = "ERR_CYCLE";
  readonly cycle: readonly string[];

  constructor(cycle: readonly string[]) {
    super(
      `The graph has a cycle: ${arrowList(cycle)} (each needs the next). ` +
        "Break it by letting one of these tasks depend on something else.",
      { details: { cycle } },
    );
    this.cycle = cycle;
  }
}

/** A key was asked for, or referred to by a task, that the graph does not have. */
export class MissingKeyError extends SkeinError {
  readonly code = "ERR_MISSING_KEY";
  readonly key: string;
  /** The key of the task that refers to the missing one; absent when the caller asked for it. */
  readonly dependent: string | undefined;

  /** @param isHeld whether it is the value of a future that is missing on a cluster, rather than a part of a graph. */
  constructor(key: string, dependent?: string, hints: readonly string[] = [], isHeld = false) {
    const hint = hints.length > 0 ? ` Did you mean ${quoted(hints)}?` : "";
    super(
      dependent === undefined
        ? `The graph has no key ${JSON.stringify(key)}.${hint} graph.keys() lists those it has.`
        : `Task ${JSON.stringify(dependent)} refers to ${JSON.stringify(key)}, which ` +
            (isHeld
              ? "its cluster does not have. A future stands for its value on its own cluster only, and while it is held: " +
                "hold on to it, or gather it and give the value."
              : `the graph does not have.${hint} Add that key, or merge the graph that has it.`),
      { details: { key, dependent } },
    );
    this.key = key;
    this.dependent = dependent;
  }
}

/** One key was given two different tasks. */
export class DuplicateKeyError extends SkeinError {
  readonly code = "ERR_DUPLICATE_KEY";
  readonly key: string;

  constructor(key: string) {
    super(
      `The key ${JSON.stringify(key)} stands for two different tasks. A key names one computation: ` +
        "rename one of them, or make both the same task.",
      { details: { key } },
    );
    this.key = key;
  }
}

/** A key that is not a non-empty string, or that cannot be sent: it has half a character in it (a lone surrogate). */
export class InvalidKeyError extends SkeinError {
  readonly code = "ERR_INVALID_KEY";

  constructor(key: unknown, where: string) {
    const problem =
      typeof key === "string" && key !== ""
        ? `the key ${describe(key)} has half a character in it (a lone surrogate), which no message carries.`
        : `a key is a non-empty string, but got ${describe(key)}.`;
    super(`${where}: ${problem}`, { details: { key, where } });
  }
}

/** A value has no stable form to make a token of; `.path` says where inside the value. */
export class TokenizeError extends SkeinError {
  readonly code = "ERR_TOKENIZE";
  readonly path: ValuePath;

  constructor(path: ValuePath, what: string, remedy: string) {
    super(`Cannot tokenize ${path}: ${what}. ${remedy}`, { details: { path, what } });
    this.path = path;
  }
}
