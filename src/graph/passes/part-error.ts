/**
 * What a fused task throws: which of its parts failed, and what that part threw.
 *
 * It never reaches a user. Executors take it apart and report a TaskErredError with the part's key and cause.
 */
export class PartError extends Error {
  /** The key of the part that failed. */
  readonly key: string;
  override readonly cause: unknown;

  constructor(key: string, cause: unknown) {
    super(`Part ${JSON.stringify(key)} of a fused task failed.`);
    this.name = "PartError";
    this.key = key;
    this.cause = cause;
  }
}
