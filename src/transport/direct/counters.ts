/** What direct connections have come to: nothing that is refused or lost goes unseen. */

import type { ConnectionEnd } from "./connection.js";

export interface DirectCounters {
  dialed: number;
  accepted: number;
  /** Connections that ended, by reason; those that were refused are among them. */
  readonly ended: Record<ConnectionEnd, number>;
  /** Parcels for a mailbox that is not here. */
  strays: number;
  /** Announcements that could not be read, or were made in another's name. */
  announcementsRefused: number;
}

export function zeroDirectCounters(): DirectCounters {
  const ended = {
    closed: 0,
    lost: 0,
    token: 0,
    preamble: 0,
    late: 0,
    size: 0,
    silent: 0,
    left: 0,
    idle: 0,
    full: 0,
  };
  return { dialed: 0, accepted: 0, ended, strays: 0, announcementsRefused: 0 };
}
