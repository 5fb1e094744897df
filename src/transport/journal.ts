/** Which records of a journal count, for stores that cannot refuse a late writer themselves. */

import type { JournalPosition, JournalRecord } from "./transport.js";

/**
 * Reads records in order and says of each whether it counts: it is a claim, or was written under the newest claim
 * before it. Start it at the journal's first record, or at a claim.
 */
export class EffectiveRecords {
  private newest: JournalPosition = 0;

  /** The term of the newest claim seen. */
  get term(): JournalPosition {
    return this.newest;
  }

  counts(record: JournalRecord): boolean {
    if (record.term === record.position) this.newest = record.position;
    return record.term === this.newest;
  }
}
