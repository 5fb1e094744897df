/**
 * What a function handed to Skein really is.
 *
 * `delayed(fn)` and `defineTask(…, fn)` return wrappers that build lazy values when called. Wherever a plain
 * function is meant (`task(wrapper, …)`, `bag.map(wrapper)`), the wrapper stands for the function inside.
 */

/** Any function a task may call. Arguments and result are checked where they are used, not here. */
export type AnyFunction = (...args: never[]) => unknown;

/** Names a function of a task module: how workers in other processes find it. */
export interface ModuleReference {
  readonly module: string;
  readonly name: string;
}

const inner = Symbol.for("skein.function");

export interface WrappedFunction {
  /** The function that does the work. */
  readonly call: AnyFunction;
  /** Where a worker finds it, when it lives in a task module. */
  readonly reference?: ModuleReference;
}

/** Marks `wrapper` as standing for `wrapped.call`. */
export function markWrapper<W extends AnyFunction>(wrapper: W, wrapped: WrappedFunction): W {
  Object.defineProperty(wrapper, inner, { value: wrapped });
  // A reference found on the inner function survives unwrapping.
  if (wrapped.reference !== undefined && moduleReference(wrapped.call) === undefined) {
    Object.defineProperty(wrapped.call, inner, { value: wrapped });
  }
  return wrapper;
}

/** The function behind a `delayed` or `defineTask` wrapper; any other function is itself. */
export function unwrapFunction(fn: AnyFunction): AnyFunction {
  return (fn as { [inner]?: WrappedFunction })[inner]?.call ?? fn;
}

/** Whether calling `fn` builds a lazy value instead of computing. */
export function isWrapper(fn: AnyFunction): boolean {
  const wrapped = (fn as { [inner]?: WrappedFunction })[inner];
  return wrapped !== undefined && wrapped.call !== fn;
}

/** The task module and name of a function made by `defineTask`. */
export function moduleReference(fn: AnyFunction): ModuleReference | undefined {
  return (fn as { [inner]?: WrappedFunction })[inner]?.reference;
}
