/** Bags and their files. */

import { SkeinError, describeCause } from "./base.js";

/** An operation that needs at least one element met an empty bag. */
export class EmptyBagError extends SkeinError {
  readonly code = "ERR_EMPTY_BAG";

  constructor(operation: string, remedy: string) {
    super(`${operation} of an empty bag has no value. ${remedy}`, { details: { operation } });
  }
}

/** A path or glob that matches no file. */
export class NoFilesError extends SkeinError {
  readonly code = "ERR_NO_FILES";
  readonly pattern: string;

  constructor(pattern: string, directory: string) {
    super(
      `No file matches ${JSON.stringify(pattern)} (looked from ${directory}). Check the spelling, or give an absolute path.`,
      {
        details: { pattern, directory },
      },
    );
    this.pattern = pattern;
  }
}

/** A line of a file that is not what its format promises. */
export class BrokenLineError extends SkeinError {
  readonly code = "ERR_BROKEN_LINE";
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;

  constructor(file: string, line: number, problem: string, text: string) {
    const excerpt = text.length > 80 ? `${text.slice(0, 77)}…` : text;
    super(`${file}:${line}: ${problem}: ${excerpt}. Mend the line, or read the file with Bag.fromText.`, {
      details: { file, line, text: excerpt },
    });
    this.file = file;
    this.line = line;
  }
}

/** A file that was there when the graph was built cannot be read now, or is damaged; `.cause` says more. */
export class UnreadableFileError extends SkeinError {
  readonly code = "ERR_UNREADABLE_FILE";
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(
      `${file} cannot be read: ${describeCause(cause)}. Check that it is still there, whole and readable where the task runs.`,
      { cause, details: { file } },
    );
    this.file = file;
  }
}
