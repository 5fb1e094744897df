/** What calls take and give, as types: futures stand for their values, also inside arrays and plain objects. */

import type { AnyFunction } from "../../graph/functions.js";
import type { Handle } from "./handle.js";

/** An argument of a submitted call: a value, or a future of one, also inside arrays and plain objects. */
export type FutureArgument<T> = T | Handle<T> | FutureParts<T>;

type FutureParts<T> = T extends AnyFunction
  ? never
  : T extends object
    ? { readonly [K in keyof T]: FutureArgument<T[K]> }
    : never;

/** What gathering `F` gives: futures become their values, also inside arrays and objects. */
export type Gathered<F> =
  F extends Handle<infer T>
    ? T
    : F extends readonly unknown[] | Readonly<Record<string, unknown>>
      ? { -readonly [K in keyof F]: Gathered<F[K]> }
      : F;
