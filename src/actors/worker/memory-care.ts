/** What was done about memory, and when. */
export class MemoryCare {
  /** When garbage was last to be collected, and what the store had let go of by then. */
  collectedAt = Number.NEGATIVE_INFINITY;
  collectedFreed = 0;
  /** Since when the process has been short of memory: garbage was asked to be collected then. */
  shortSince: number | undefined;
}
