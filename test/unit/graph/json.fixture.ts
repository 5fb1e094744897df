/** A task module: what `defineTask` makes, made by hand. */

import { markWrapper } from "../../../src/graph/functions.js";

const two = Number("2");
const call = (x: number): number => x * two;

export const double = markWrapper((x: number) => call(x), {
  call,
  reference: { module: import.meta.url, name: "double" },
});

export const unrelated = 1;
