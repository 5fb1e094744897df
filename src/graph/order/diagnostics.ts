import type { GraphIndex } from "../graph-index.js";
export interface Diagnostics {
  readonly peak: number;
  readonly curve: readonly number[];
}
export declare function diagnose(index: GraphIndex, rank: Int32Array): Diagnostics;
