/** What was asked for in a way that cannot be. */

import { SkeinError } from "./base.js";

/** An argument of a public function that cannot be used; the message says what would be. */
export class InvalidArgumentError extends SkeinError {
  readonly code = "ERR_INVALID_ARGUMENT";
  readonly argument: string;

  constructor(argument: string, problem: string, remedy: string) {
    super(`${argument}: ${problem}. ${remedy}`, { details: { argument } });
    this.argument = argument;
  }
}

/** A function stands where a value is expected: most often a call that was forgotten. */
export class FunctionAsDataError extends SkeinError {
  readonly code = "ERR_FUNCTION_AS_DATA";

  constructor(where: string, functionName: string, remedy: string) {
    super(`${where} is the function ${functionName || "(anonymous)"}, where data is expected. ${remedy}`, {
      details: { where, functionName },
    });
  }
}

/** `currentTask()` was called where no task is running. */
export class NotInTaskError extends SkeinError {
  readonly code = "ERR_NOT_IN_TASK";

  constructor() {
    super(
      "currentTask() was called outside of a task. Call it in a function that a task runs, before or after its " +
        "awaits; code that also runs elsewhere can take what it needs as an argument.",
    );
  }
}

/** A setting that is unknown, out of its range or of the wrong kind; `.source` says where it was read. */
export class ConfigError extends SkeinError {
  readonly code = "ERR_CONFIG";
  readonly setting: string;
  readonly source: string;

  constructor(setting: string, source: string, problem: string, remedy: string) {
    super(`${setting} (${source}): ${problem}. ${remedy}`, { details: { setting, source } });
    this.setting = setting;
    this.source = source;
  }
}

/** A job file that cannot be run: it is not there, cannot be read as a program, or imports what is not there. */
export class JobFileError extends SkeinError {
  readonly code = "ERR_JOB_FILE";
  readonly file: string;
  /** Where in the file, counted from 1; absent when the file as a whole is the problem. */
  readonly line: number | undefined;

  constructor(
    file: string,
    problem: string,
    remedy: string,
    options: { line?: number; cause?: unknown } = {},
  ) {
    super(`${file}: ${problem}. ${remedy}`, { cause: options.cause, details: { file, line: options.line } });
    this.file = file;
    this.line = options.line;
  }
}

/** A statechart that cannot be compiled into a table, or a table met with an event its state does not list. */
export class MachineError extends SkeinError {
  readonly code = "ERR_MACHINE";

  constructor(machine: string, problem: string) {
    super(`Machine "${machine}": ${problem}. See docs/machines.md for what it may do.`, {
      details: { machine },
    });
  }
}

/** Something was asked for that needs an optional package, which is not installed. */
export class MissingDependencyError extends SkeinError {
  readonly code = "ERR_MISSING_DEPENDENCY";
  readonly packageName: string;

  /** @param purpose what needs it; @param instead what works without it. */
  constructor(packageName: string, purpose: string, instead: string, cause?: unknown) {
    super(
      `${purpose} needs the package ${packageName}, which is not installed or does not load on this machine. ` +
        `Install it (npm install ${packageName}), or ${instead}.`,
      { cause, details: { packageName } },
    );
    this.packageName = packageName;
  }
}
