/** Functions and values that cannot travel, or are not known where they run. */

import { SkeinError, type ValuePath, quoted, describeCause } from "./base.js";

/** An inline function uses variables from outside itself, so its source alone cannot run elsewhere. */
export class CapturedVariableError extends SkeinError {
  readonly code = "ERR_CAPTURED_VARIABLE";
  readonly variables: readonly string[];

  constructor(functionName: string, variables: readonly string[]) {
    const [first = ""] = variables;
    super(
      `The function ${functionName || "(anonymous)"} uses ${variables.map((name) => `\`${name}\``).join(", ")} from outside itself, ` +
        `which does not travel with its source. Pass \`${first}\` as an argument, or move the function ` +
        "into a task module with defineTask.",
      { details: { functionName, variables } },
    );
    this.variables = variables;
  }
}

/** A value that cannot be sent to another thread or process; `.path` names its place. */
export class UnserializableError extends SkeinError {
  readonly code = "ERR_UNSERIALIZABLE";
  readonly path: ValuePath;

  constructor(path: ValuePath, problem: string, remedy: string) {
    super(`Cannot serialise ${path}: ${problem}. ${remedy}`, { details: { path } });
    this.path = path;
  }
}

/** A task names a function that is not to be had where it should run; `.known` lists what is. */
export class UnknownTaskError extends SkeinError {
  readonly code = "ERR_UNKNOWN_TASK";
  readonly known: readonly string[];

  constructor(module: string, name: string, known: readonly string[]) {
    const has = known.length === 0 ? "nothing" : quoted(known);
    super(
      `There is no task ${JSON.stringify(name)} in ${module}, which has ${has}. ` +
        "Check the name, or load the module that defines it.",
      { details: { module, name, known } },
    );
    this.known = known;
  }
}

/** A task module that could not be loaded; `.cause` is what loading it threw. */
export class TaskModuleError extends SkeinError {
  readonly code = "ERR_TASK_MODULE";
  readonly module: string;

  constructor(module: string, cause: unknown) {
    super(`The task module ${module} could not be loaded: ${describeCause(cause)}`, {
      cause,
      details: { module },
    });
    this.module = module;
  }
}

/** A worker's copy of a task module is not the sender's. */
export class ModuleMismatchError extends SkeinError {
  readonly code = "ERR_MODULE_MISMATCH";
  readonly module: string;

  constructor(module: string, here: string, there: string) {
    super(
      `The task module ${module} differs from the sender's (${here} here, ${there} there): results may not be what ` +
        "the sender expects. Deploy the same version to both.",
      { details: { module, here, there } },
    );
    this.module = module;
  }
}

/** A function came as source to a worker that runs only those of its task modules. */
export class InlineRefusedError extends SkeinError {
  readonly code = "ERR_INLINE_REFUSED";

  constructor(name: string) {
    super(
      `The function ${name === "" ? "(anonymous)" : JSON.stringify(name)} travels as source, and this worker runs only tasks of its task modules. ` +
        "Define it with defineTask in a module that the worker loads (--tasks), or start the worker with --allow-inline.",
      { details: { name } },
    );
  }
}
