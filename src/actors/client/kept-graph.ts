/** A graph that a client has submitted and may have to offer again. */

import type { Submit } from "../../protocol/messages.js";

export interface Kept {
  readonly graphId: string;
  readonly parts: readonly Submit[];
  /** How many of its keys are wanted. */
  wanted: number;
  /** Graphs whose keys this one refers to: they are offered before it, wanted or not. */
  readonly above: readonly Kept[];
  /** How many kept graphs refer to this one. */
  below: number;
}
