/**
 * The error hierarchy. Every error a user can meet has a class, a stable `code`, a `retryable` flag,
 * details a program can read, and a message that names the culprit and says what to do next.
 * `docs/errors.md` lists them; a test keeps the list complete.
 */

export { SkeinError, describe } from "./errors/base.js";
export type { SkeinErrorOptions, ValuePath } from "./errors/base.js";
export {
  CycleError,
  MissingKeyError,
  DuplicateKeyError,
  InvalidKeyError,
  TokenizeError,
} from "./errors/graph.js";
export {
  InvalidArgumentError,
  FunctionAsDataError,
  NotInTaskError,
  ConfigError,
  JobFileError,
  MachineError,
  MissingDependencyError,
} from "./errors/usage.js";
export {
  CapturedVariableError,
  UnserializableError,
  UnknownTaskError,
  TaskModuleError,
  ModuleMismatchError,
  InlineRefusedError,
} from "./errors/functions.js";
export {
  TaskErredError,
  TaskTimeoutError,
  CancelledError,
  WaitTimeoutError,
  NoValidWorkerError,
  KilledWorkerError,
  LostValueError,
  InputsTooLargeError,
} from "./errors/tasks.js";
export {
  NoSchedulerError,
  ClusterLedError,
  RequestRefusedError,
  ClusterFailedError,
  ProtocolVersionError,
} from "./errors/cluster.js";
export { EmptyBagError, NoFilesError, BrokenLineError, UnreadableFileError } from "./errors/bags.js";
export {
  PayloadTooLargeError,
  AddressTakenError,
  TransportClosedError,
  NotConnectedError,
  isNotConnected,
  BusUnreachableError,
  BusRefusedError,
  DataPortError,
  JournalFencedError,
} from "./errors/transport.js";
