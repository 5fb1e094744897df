/**
 * The error hierarchy. Every error a user can meet has a class, a stable `code`, a `retryable` flag,
 * details a program can read, and a message that names the culprit and says what to do next.
 * `docs/errors.md` lists them; a test keeps the list complete.
 */

export interface SkeinErrorOptions {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The base of all errors thrown by Skein. Switch on `code`, never on the message. */
export abstract class SkeinError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed when it is simply tried again. */
  readonly retryable: boolean = false;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: SkeinErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.details = options.details ?? {};
  }
}

/** A path such as `args[0].size` for messages. */
export type ValuePath = string;

const quoted = (keys: readonly string[]): string => keys.map((key) => JSON.stringify(key)).join(", ");

/** Long lists of keys are cut in messages; the error's fields carry them whole. */
function arrowList(keys: readonly string[], limit = 12): string {
  const shown = keys.length <= limit ? keys : [...keys.slice(0, limit - 2), "…", ...keys.slice(-1)];
  return shown.map((key) => (key === "…" ? key : JSON.stringify(key))).join(" → ");
}

/** The tasks of a graph depend on each other in a circle; `.cycle` names the keys, first key repeated last. */
export class CycleError extends SkeinError {
  readonly code = "ERR_CYCLE";
  readonly cycle: readonly string[];

  constructor(cycle: readonly string[]) {
    super(
      `The graph has a cycle: ${arrowList(cycle)} (each needs the next). ` +
        "Break it by letting one of these tasks depend on something else.",
      { details: { cycle } },
    );
    this.cycle = cycle;
  }
}

/** A key was asked for, or referred to by a task, that the graph does not have. */
export class MissingKeyError extends SkeinError {
  readonly code = "ERR_MISSING_KEY";
  readonly key: string;
  /** The key of the task that refers to the missing one; absent when the caller asked for it. */
  readonly dependent: string | undefined;

  /** @param isHeld whether it is the value of a future that is missing on a cluster, rather than a part of a graph. */
  constructor(key: string, dependent?: string, hints: readonly string[] = [], isHeld = false) {
    const hint = hints.length > 0 ? ` Did you mean ${quoted(hints)}?` : "";
    super(
      dependent === undefined
        ? `The graph has no key ${JSON.stringify(key)}.${hint} graph.keys() lists those it has.`
        : `Task ${JSON.stringify(dependent)} refers to ${JSON.stringify(key)}, which ` +
            (isHeld
              ? "its cluster does not have. A future stands for its value on its own cluster only, and while it is held: " +
                "hold on to it, or gather it and give the value."
              : `the graph does not have.${hint} Add that key, or merge the graph that has it.`),
      { details: { key, dependent } },
    );
    this.key = key;
    this.dependent = dependent;
  }
}

/** One key was given two different tasks. */
export class DuplicateKeyError extends SkeinError {
  readonly code = "ERR_DUPLICATE_KEY";
  readonly key: string;

  constructor(key: string) {
    super(
      `The key ${JSON.stringify(key)} stands for two different tasks. A key names one computation: ` +
        "rename one of them, or make both the same task.",
      { details: { key } },
    );
    this.key = key;
  }
}

/** A key that is not a non-empty string, or that cannot be sent: it has half a character in it (a lone surrogate). */
export class InvalidKeyError extends SkeinError {
  readonly code = "ERR_INVALID_KEY";

  constructor(key: unknown, where: string) {
    const problem =
      typeof key === "string" && key !== ""
        ? `the key ${describe(key)} has half a character in it (a lone surrogate), which no message carries.`
        : `a key is a non-empty string, but got ${describe(key)}.`;
    super(`${where}: ${problem}`, { details: { key, where } });
  }
}

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

/** A value has no stable form to make a token of; `.path` says where inside the value. */
export class TokenizeError extends SkeinError {
  readonly code = "ERR_TOKENIZE";
  readonly path: ValuePath;

  constructor(path: ValuePath, what: string, remedy: string) {
    super(`Cannot tokenize ${path}: ${what}. ${remedy}`, { details: { path, what } });
    this.path = path;
  }
}

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

/** Nobody leads the cluster that was named. */
export class NoSchedulerError extends SkeinError {
  readonly code = "ERR_NO_SCHEDULER";
  override readonly retryable = true;
  readonly cluster: string;

  constructor(cluster: string, bus: string, waitedMs: number) {
    super(
      `No scheduler of the cluster ${JSON.stringify(cluster)} was seen on ${bus} within ${waitedMs / 1_000} s. ` +
        `Start one with: skein scheduler --bus ${bus} --cluster ${cluster}`,
      { details: { cluster, bus } },
    );
    this.cluster = cluster;
  }
}

/** A scheduler leads the cluster already. */
export class ClusterLedError extends SkeinError {
  readonly code = "ERR_CLUSTER_LED";
  readonly cluster: string;

  constructor(cluster: string, bus: string, leader: string) {
    super(
      `A scheduler (${leader}) leads the cluster ${JSON.stringify(cluster)} on ${bus} already. ` +
        "Stop it first, or choose another name with --cluster.",
      { details: { cluster, bus, leader } },
    );
    this.cluster = cluster;
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

/** What a task threw, as it was where it was thrown. */
export class TaskErredError extends SkeinError {
  readonly code = "ERR_TASK_ERRED";
  readonly key: string;
  readonly attempts: number;
  /** The worker it last ran on; absent when it ran in this very thread. */
  readonly worker: string | undefined;

  constructor(key: string, cause: unknown, attempts: number, worker?: string) {
    const times = attempts === 1 ? "" : ` after ${attempts} attempts`;
    const place = worker === undefined ? "" : ` on ${worker}`;
    super(`Task ${JSON.stringify(key)} failed${times}${place}: ${describeCause(cause)}`, {
      cause,
      details: { key, attempts, worker },
    });
    this.key = key;
    this.attempts = attempts;
    this.worker = worker;
  }
}

/** A task ran longer than its `timeoutMs`. */
export class TaskTimeoutError extends SkeinError {
  readonly code = "ERR_TASK_TIMEOUT";
  override readonly retryable = true;
  readonly timeoutMs: number;

  constructor(key: string, timeoutMs: number) {
    super(
      `Task ${JSON.stringify(key)} ran longer than its timeoutMs of ${timeoutMs} ms. ` +
        "Give it more time, or let it watch currentTask().signal.",
      { details: { key, timeoutMs } },
    );
    this.timeoutMs = timeoutMs;
  }
}

/** The computation was aborted by the caller's signal. */
export class CancelledError extends SkeinError {
  readonly code = "ERR_CANCELLED";

  constructor(what: string, cause?: unknown) {
    super(`${what} was cancelled.`, { cause });
  }
}

/** The scheduler was asked for something that it cannot do as things stand; the message is its answer. */
export class RequestRefusedError extends SkeinError {
  readonly code = "ERR_REQUEST_REFUSED";
}

/** `wait` was given a time, and some of the futures were not settled within it. */
export class WaitTimeoutError extends SkeinError {
  readonly code = "ERR_WAIT_TIMEOUT";
  override readonly retryable = true;

  constructor(pending: number, total: number, timeoutMs: number) {
    super(
      `After ${timeoutMs} ms, ${pending} of ${total} futures are still pending. They go on: wait again, or ask ` +
        "client.explain(future.key) what one of them waits for.",
      { details: { pending, total, timeoutMs } },
    );
  }
}

/** A part of a cluster failed again and again, so that the cluster has given up; `.cause` is what it failed with last. */
export class ClusterFailedError extends SkeinError {
  readonly code = "ERR_CLUSTER_FAILED";

  constructor(part: string, cause: unknown) {
    super(
      `The cluster has given up: its ${part} failed again and again, last with: ${describeCause(cause)}. ` +
        "Start a new cluster; if the cause lies in Skein, please report it.",
      { cause, details: { part } },
    );
  }
}

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

/** No worker satisfies what a task asks for (`workers`, `resources`), and none came in time. */
export class NoValidWorkerError extends SkeinError {
  readonly code = "ERR_NO_VALID_WORKER";
  override readonly retryable = true;
  readonly key: string;

  constructor(key: string, reason: string, waitedMs: number) {
    super(
      `No worker may run task ${JSON.stringify(key)}: ${reason}. It has waited ${Math.round(waitedMs)} ms. Start a worker ` +
        "that has what it asks for, ask for less, or give the task { allowOtherWorkers: true }.",
      { details: { key, reason, waitedMs } },
    );
    this.key = key;
  }
}

/** Workers died, one after the other, while they ran this task. */
export class KilledWorkerError extends SkeinError {
  readonly code = "ERR_KILLED_WORKER";
  readonly key: string;
  /** The names of the workers, in the order in which they died. */
  readonly workers: readonly string[];

  constructor(key: string, workers: readonly string[]) {
    const times = new Map<string, number>();
    for (const worker of workers) times.set(worker, (times.get(worker) ?? 0) + 1);
    const named = [...times].map(([worker, n]) => (n === 1 ? worker : `${worker} (${n} times)`)).join(", ");
    super(
      `Workers or their threads died ${workers.length} times while they ran task ${JSON.stringify(key)}: ${named}. ` +
        "It was tried alone, too, so it is likely the cause: look for calls of process.exit, native code, or too much memory.",
      { details: { key, workers } },
    );
    this.key = key;
    this.workers = workers;
  }
}

/** The value of a task was lost, and cannot be made again. */
export class LostValueError extends SkeinError {
  readonly code = "ERR_LOST_VALUE";
  override readonly retryable = true;
  readonly key: string;

  constructor(key: string, why: string, remedy: string) {
    super(`The value of ${JSON.stringify(key)} is lost: ${why}. ${remedy}`, {
      details: { key, why, remedy },
    });
    this.key = key;
  }
}

/** The inputs of a task do not fit into the memory of any worker that may run it. */
export class InputsTooLargeError extends SkeinError {
  readonly code = "ERR_INPUTS_TOO_LARGE";
  readonly key: string;
  readonly inputBytes: number;
  readonly limitBytes: number;

  constructor(key: string, inputBytes: number, limitBytes: number) {
    super(
      `The inputs of task ${JSON.stringify(key)} take ${inputBytes} bytes, and the largest worker that may run it has a ` +
        `memory limit of ${limitBytes} bytes. Split the inputs into more parts, or start a worker with a larger memory limit.`,
      { details: { key, inputBytes, limitBytes } },
    );
    this.key = key;
    this.inputBytes = inputBytes;
    this.limitBytes = limitBytes;
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

/** A message larger than the bus carries, even cut into pieces. */
export class PayloadTooLargeError extends SkeinError {
  readonly code = "ERR_PAYLOAD_TOO_LARGE";
  readonly nbytes: number;
  readonly limitBytes: number;

  constructor(where: string, nbytes: number, limitBytes: number) {
    super(
      `${where}: ${nbytes} bytes are more than the ${limitBytes} bytes that one message may have. ` +
        "Send less at a time, or keep the data where the workers can read it and pass its name.",
      { details: { where, nbytes, limitBytes } },
    );
    this.nbytes = nbytes;
    this.limitBytes = limitBytes;
  }
}

/** A mailbox was asked for at an address that is already read by somebody else here. */
export class AddressTakenError extends SkeinError {
  readonly code = "ERR_ADDRESS_TAKEN";
  readonly address: string;

  constructor(address: string) {
    super(
      `The address ${JSON.stringify(address)} has a mailbox already. Each incarnation needs a name of its own.`,
      {
        details: { address },
      },
    );
    this.address = address;
  }
}

/** Something was asked of a transport that has been closed. */
export class TransportClosedError extends SkeinError {
  readonly code = "ERR_TRANSPORT_CLOSED";

  constructor(transport: string, what: string) {
    super(`${what}: the transport ${transport} is closed. Connect a new one.`, {
      details: { transport, what },
    });
  }
}

/** Something was asked of a bus that cannot be reached at the moment. */
export class NotConnectedError extends SkeinError {
  readonly code = "ERR_NOT_CONNECTED";
  override readonly retryable = true;

  constructor(transport: string, what: string) {
    super(
      `${what}: the connection to ${transport} is down. It is being made anew; ask again, or check that the bus is up.`,
      { details: { transport, what } },
    );
  }
}

/** Whether a bus was away when something was asked of it. By code: transports are loaded when they are first named. */
export function isNotConnected(error: unknown): boolean {
  return (error as Partial<SkeinError> | null | undefined)?.code === "ERR_NOT_CONNECTED";
}

/** The cluster's scheduler and this side have no version of the protocol in common. */
export class ProtocolVersionError extends SkeinError {
  readonly code = "ERR_PROTOCOL_VERSION";

  /** @param spoken the lowest and the highest version that this side speaks. */
  constructor(who: string, spoken: readonly [number, number]) {
    const [lowest, highest] = spoken;
    const versions = lowest === highest ? `version ${lowest}` : `versions ${lowest} to ${highest}`;
    super(
      `The scheduler of this cluster is of another version of Skein: it speaks no version of the protocol that this ` +
        `${who} speaks (${versions}). Run the same version of Skein on both, or use a cluster of another name.`,
      { details: { who, spoken } },
    );
  }
}

/** A message bus that cannot be reached; `.url` is its address without a password. */
export class BusUnreachableError extends SkeinError {
  readonly code = "ERR_BUS_UNREACHABLE";
  override readonly retryable = true;
  readonly url: string;

  /** @param tried what was done, such as "connecting for 10000 ms"; @param remedy what to try. */
  constructor(url: string, tried: string, remedy: string, cause?: unknown) {
    super(
      `The bus at ${url} cannot be reached: ${tried}${cause === undefined ? "" : ` (${describeCause(cause)})`}. ${remedy}`,
      { cause, details: { url, tried } },
    );
    this.url = url;
  }
}

/** A message bus that refuses: who connects, or what it asks for; `.subject` names the subject, queue or virtual host. */
export class BusRefusedError extends SkeinError {
  readonly code = "ERR_BUS_REFUSED";
  readonly url: string;
  readonly subject: string | undefined;
  /** Whether the bus has no such thing, whoever asks. */
  readonly isMissing: boolean;

  /** @param refused what was refused, such as "to subscribe to skein.a.box.w1". */
  constructor(
    url: string,
    refused: string,
    remedy: string,
    options: { subject?: string; cause?: unknown; isMissing?: boolean } = {},
  ) {
    super(
      `The bus at ${url} refuses ${refused}${options.cause === undefined ? "" : ` (${describeCause(options.cause)})`}. ${remedy}`,
      { cause: options.cause, details: { url, refused, subject: options.subject } },
    );
    this.url = url;
    this.subject = options.subject;
    this.isMissing = options.isMissing === true;
  }
}

/** The port for direct connections of peers cannot be had. */
export class DataPortError extends SkeinError {
  readonly code = "ERR_DATA_PORT";
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, problem: string, cause?: unknown) {
    super(
      `The data port ${host}:${port} cannot be opened: ${problem}. ` +
        "Choose another port (0 takes any that is free) or another host, or go without: peers then talk over the bus.",
      { cause, details: { host, port } },
    );
    this.host = host;
    this.port = port;
  }
}

/** A record was written under a term that is over: somebody else leads now. */
export class JournalFencedError extends SkeinError {
  readonly code = "ERR_JOURNAL_FENCED";
  readonly term: number;
  readonly newest: number;

  constructor(journal: string, term: number, newest: number) {
    super(
      `The journal ${JSON.stringify(journal)} takes no records of term ${term}: term ${newest} has begun. ` +
        "Stop leading, and claim a term anew.",
      { details: { journal, term, newest } },
    );
    this.term = term;
    this.newest = newest;
  }
}

/** A short description of any value for messages: its type and, where short, itself. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return value === "" ? "an empty string" : JSON.stringify(value.slice(0, 60));
  if (typeof value === "function") return `the function ${value.name || "(anonymous)"}`;
  if (typeof value === "symbol" || typeof value === "number" || typeof value === "boolean") {
    return `the ${typeof value} ${String(value)}`;
  }
  if (typeof value === "bigint") return `the bigint ${value}n`;
  const maker = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor;
  const name = typeof maker?.name === "string" && maker.name !== "" ? maker.name : undefined;
  return `a value of type ${name ?? Object.prototype.toString.call(value).slice(8, -1)}`;
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message.trim()}` : `it threw ${describe(cause)}`;
}
