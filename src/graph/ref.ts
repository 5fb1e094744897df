/** References: the data edges of a graph, written where the value will stand. */

import { InvalidKeyError } from "../errors.js";

/** A place to be filled with the result of the task named `key`. Made by {@link ref}. */
export class Ref {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

/**
 * A reference to the result of another task, for use among a task's arguments, also inside arrays and plain
 * objects.
 *
 * @throws InvalidKeyError unless `key` is a non-empty string.
 */
export function ref(key: string): Ref {
  return new Ref(checkKey(key, "ref(key)"));
}

/** @throws InvalidKeyError unless `key` is a non-empty string; `where` says who asked. */
export function checkKey(key: unknown, where: string): string {
  if (typeof key !== "string" || key === "") throw new InvalidKeyError(key, where);
  return key;
}

/**
 * A value taken exactly as it is: never searched for references. Large data is quoted so that building a graph
 * costs nothing per element.
 */
export class Quoted {
  readonly value: unknown;
  /** Whether the value is the result of the task whose key it stands under: in a graph it takes that task's place. */
  readonly finished: boolean;

  constructor(value: unknown, finished = false) {
    this.value = value;
    this.finished = finished;
  }
}

/** Marks `value` as plain data, not to be searched for references. The task receives `value` itself. */
export function quote(value: unknown): Quoted {
  return new Quoted(value);
}

const lazyMark = Symbol.for("skein.lazy");

/** What lazy values and collections carry so that the graph layer can tell them from data. */
export interface LazyMarked {
  readonly [lazyMark]: true;
}

export { lazyMark };

/** Whether `value` is a lazy value or collection, which has a graph of its own. */
export function isLazyMarked(value: object): boolean {
  return (value as { [lazyMark]?: true })[lazyMark] === true;
}

/** What tasks carry, so that the search for references, which tasks are built on, can tell them from data. */
export const taskMark = Symbol.for("skein.task");

export function isTaskMarked(value: object): boolean {
  return (value as { [taskMark]?: true })[taskMark] === true;
}
