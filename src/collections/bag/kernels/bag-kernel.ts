/** Names the kernels of bags. */

import type { AnyFunction } from "../../../graph/functions.js";
import { kernel } from "../../kernel.js";

/** Marks `fn` as the kernel `name` of bags. */
export function bagKernel<F extends AnyFunction>(name: string, fn: F): F {
  return kernel("skein:bag", name, fn);
}
