/** Stands in a graph for a key that the cluster knows already, and keeps the handle that holds it there. */

import type { Future } from "./future.js";

export class External {
  readonly future: Future | undefined;

  constructor(future?: Future) {
    this.future = future;
  }
}
