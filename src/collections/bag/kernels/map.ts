/** One result per element. */

import { bagKernel } from "./bag-kernel.js";
import { eachResult } from "./each.js";

type Callback = (item: unknown) => unknown;

export const mapPartition = bagKernel(
  "mapPartition",
  function mapPartition(fn: Callback, items: readonly unknown[]): unknown[] | Promise<unknown[]> {
    const out: unknown[] = [];
    const waiting = eachResult(fn, items, (result) => out.push(result));
    return waiting === undefined ? out : waiting.then(() => out);
  },
);

export const filterPartition = bagKernel(
  "filterPartition",
  function filterPartition(fn: Callback, items: readonly unknown[]): unknown[] | Promise<unknown[]> {
    const out: unknown[] = [];
    const waiting = eachResult(fn, items, (keep, item) => {
      if (keep) out.push(item);
    });
    return waiting === undefined ? out : waiting.then(() => out);
  },
);

export const flatMapPartition = bagKernel(
  "flatMapPartition",
  function flatMapPartition(fn: Callback, items: readonly unknown[]): unknown[] | Promise<unknown[]> {
    const out: unknown[] = [];
    const waiting = eachResult(fn, items, (result) => {
      if (!Array.isArray(result)) out.push(result);
      else for (const part of result) out.push(part);
    });
    return waiting === undefined ? out : waiting.then(() => out);
  },
);
