import type { GraphIndex } from "../graph-index.js";
export declare function orderOf(index: GraphIndex): Int32Array;
