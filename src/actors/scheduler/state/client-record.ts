/** What the scheduler knows of one client incarnation, and what it is about to tell it. */

import type { PeerId } from "../../../protocol/addresses.js";
import type { FutureState, StatusError } from "../../../protocol/messages.js";
import { IntList } from "../tables/int-list.js";

/** A status of a key that has no settled task behind it: cancelled, or lost. */
export interface LooseStatus {
  readonly key: string;
  readonly state: FutureState;
  readonly error?: StatusError;
}

export class ClientRecord {
  /** Its number: what the table of wants holds. Used again when the client is gone. */
  readonly index: number;
  readonly peer: PeerId;
  readonly name: string;
  heardAtMs: number;
  /** Tasks it wants. */
  wants = 0;
  wantDigest = 0;
  /** Of those it was told the end of. */
  settledDigest = 0;
  /** Beats in a row whose digests differed while nothing was on its way to it. */
  mismatches = 0;
  /** The difference over which it was last asked for its wants. */
  askedOver = "";
  sentSinceBeat = true;
  /** Rows of the table of wants whose tasks have settled since the last drain. */
  readonly outbox = new IntList();
  loose: LooseStatus[] = [];
  /** The keys on pages that have come, but for the last, of all that it wants or keeps. */
  pages = new Set<string>();
  /** How many of its turns, releases and retries, have been taken. */
  turns = 0;
  /** Topics it listens to. */
  readonly patterns = new Set<string>();

  constructor(index: number, peer: PeerId, name: string, atMs: number) {
    this.index = index;
    this.peer = peer;
    this.name = name;
    this.heardAtMs = atMs;
  }

  /** Whether this is a turn of the client's that has not been taken yet. */
  takes({ nth, more }: { readonly nth: number; readonly more?: true }): boolean {
    if (nth <= this.turns) return false;
    if (more === undefined) this.turns = nth;
    return true;
  }
}

/** Wants that belong to no connected client: values held until they settle, and values held by a name. */
export const detachedClient = 0;
export const publishedClient = 1;
export const firstClient = 2;
