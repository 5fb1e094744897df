/** What any two peers say to each other: values on their way, and who is there. */

/** Ask for values; `credit` bytes may be under way before more credit is given. */
export interface Get {
  readonly kind: "get";
  readonly id: number;
  readonly runs: Float64Array;
  readonly credit: number;
}

export interface Credit {
  readonly kind: "credit";
  readonly id: number;
  readonly bytes: number;
}

export interface Chunk {
  readonly kind: "chunk";
  readonly id: number;
  readonly run: number;
  /** With the last piece, so that the one who has the copy can offer it to a scheduler that has forgotten all runs. */
  readonly key?: string;
  readonly offset: number;
  readonly total: number;
  readonly bytes: Uint8Array;
}

/** Values asked for that are not here. */
export interface Gone {
  readonly kind: "gone";
  readonly id: number;
  readonly runs: Float64Array;
}

/** A value put on a worker by a client (`scatter`). */
export interface Put {
  readonly kind: "put";
  readonly id: number;
  readonly run: number;
  readonly key: string;
  readonly offset: number;
  readonly total: number;
  readonly bytes: Uint8Array;
}

export interface PutDone {
  readonly kind: "putDone";
  readonly id: number;
  readonly ok: boolean;
}

/** Who is speaking, first on every link. */
export interface Hello {
  readonly kind: "hello";
  readonly role: "scheduler" | "worker" | "client";
  readonly name: string;
  /** Lowest and highest protocol version spoken. */
  readonly versions: readonly [number, number];
}

export interface Bye {
  readonly kind: "bye";
  readonly reason: string;
  /** To a worker: end, and start afresh as a new incarnation that knows nothing. */
  readonly restart?: true;
}

export type PeerMessage = Hello | Get | Credit | Chunk | Gone | Put | PutDone | Bye;
