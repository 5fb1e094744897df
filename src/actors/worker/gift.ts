/** A finished result that a worker which was given up leaves to the incarnation in its place. */

export interface Gift {
  readonly run: number;
  readonly key: string;
  readonly nbytes: number;
  /** The value itself, where it is not in the store already. */
  readonly bytes?: Uint8Array;
}
