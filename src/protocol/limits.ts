/**
 * What a message may be at most, checked before it is parsed, and what a link may have under way. A peer that goes
 * past a limit is refused and counted; it never makes its reader throw or grow.
 */

export interface Limits {
  /** The bytes of a message without its out-of-band buffers. */
  readonly headBytes: number;
  /** A message with all that comes with it. */
  readonly parcelBytes: number;
  readonly buffers: number;
  /** Nesting of the free parts of a message: error details, answers, events. */
  readonly depth: number;
  /** Values, keys and containers in a message, columns not counted. */
  readonly values: number;
  /** Messages that a link has sent and not yet seen acknowledged, or holds before a gap. */
  readonly windowMessages: number;
  readonly windowBytes: number;
  /** Messages that wait behind a full window; one more and the link starts afresh. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Peers that one actor talks with. */
  readonly links: number;
}

export const defaultLimits: Limits = Object.freeze({
  headBytes: 64 * 1024 * 1024,
  parcelBytes: 1024 * 1024 * 1024,
  buffers: 4_096,
  depth: 32,
  values: 4_000_000,
  windowMessages: 1_024,
  windowBytes: 8 * 1024 * 1024,
  queuedMessages: 65_536,
  queuedBytes: 256 * 1024 * 1024,
  links: 16_384,
});

/** Lists of keys or runs that are longer are said in pages: a message stays far below what its reader takes. */
export const pageRows = 65_536;

/** Binary parts from this size on travel beside the message, not in it. */
export const outOfBandBytes = 64 * 1024;

/** A received stretch of this many messages is acknowledged at once. */
export const ackEveryMessages = 64;

/** Unanswered resends after which a link starts afresh. */
export const resendsBeforeSync = 3;
