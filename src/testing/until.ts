/** Waiting in tests for something to become true, with a deadline that says what it waited for. */

export interface UntilOptions {
  readonly deadlineMs?: number;
  /** What to print when the deadline has passed, such as the story of a key. */
  readonly story?: () => string;
}

/** Resolves when `predicate` holds; looks each few milliseconds. Rejects after the deadline, naming what it waited for. */
export async function until(
  what: string,
  predicate: () => boolean | Promise<boolean>,
  options: UntilOptions = {},
): Promise<void> {
  const { deadlineMs = 30_000, story } = options;
  const giveUpAt = performance.now() + deadlineMs;
  while (!(await predicate())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`waited ${deadlineMs} ms until ${what}${story === undefined ? "" : `\n${story()}`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
