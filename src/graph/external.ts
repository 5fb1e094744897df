/** A result that exists elsewhere: what stands in a graph for a value that a cluster holds. */

import { Quoted } from "./ref.js";

export class External extends Quoted {
  /** What the cluster calls it; the graph may have another key for it. */
  readonly key: string;
  /** Keeps the value where it is, for as long as this is reachable; absent where somebody else sees to that. */
  readonly handle: object | undefined;

  constructor(key: string, handle?: object) {
    super(handle, true);
    this.key = key;
    this.handle = handle;
  }
}
