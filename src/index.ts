/** The public face of Skein: everything `import … from "skein"` gives. */

import "./client/install.js";

export { Graph } from "./graph/graph.js";
export type { GraphEntries } from "./graph/graph.js";
export type { Diagnostics } from "./graph/order/diagnostics.js";
export type { GraphJson } from "./graph/json.js";
export { task, Task } from "./graph/task.js";
export type { TaskOptions } from "./graph/task.js";
export { quote, ref, Quoted, Ref } from "./graph/ref.js";
export { tokenize } from "./graph/tokenize/tokenize.js";

export { cull } from "./graph/passes/cull.js";
export { dedupe } from "./graph/passes/dedupe.js";
export { fuse } from "./graph/passes/fuse.js";
export type { FuseOptions } from "./graph/passes/fuse-groups.js";
export { inline } from "./graph/passes/inline.js";
export type { InlineOptions } from "./graph/passes/inline-choice.js";
export { optimize } from "./graph/passes/optimize.js";
export type { OptimizeOptions, Pass, PassName } from "./graph/passes/optimize.js";
export { simplify } from "./graph/passes/simplify.js";

export { Bag } from "./collections/bag/bag.js";
export type { BagLike } from "./collections/bag/bag.js";
export type { Collection, Computed } from "./collections/collection.js";
export { delayed } from "./collections/delayed.js";
export type { Delayed, DelayedOptions, LazyArgument } from "./collections/delayed.js";
export { Lazy } from "./collections/lazy.js";

export { currentTask } from "./executor/current-task.js";
export type { LogFields, TaskClient, TaskContext, TaskLog } from "./executor/current-task.js";
export type { GraphRunner, ProgressEvent, RunningTask, RunOptions } from "./executor/graph-runner.js";

export { compute } from "./client/compute.js";
export type { ComputeOptions } from "./client/compute-options.js";
export { persist } from "./client/persist.js";
export { setScheduler } from "./client/scheduler.js";
export type { Scheduler } from "./client/scheduler.js";
export { visualize } from "./client/visualize.js";
export type { VisualizeOptions } from "./client/visualize.js";

export { defineTask } from "./collections/define-task.js";
export { asCompleted } from "./client/cluster/as-completed.js";
export type { AsCompleted } from "./client/cluster/as-completed.js";
export type { SubmitOptions } from "./client/cluster/calls.js";
export { Client } from "./client/cluster/client.js";
export type { FutureArgument, Gathered } from "./client/cluster/arguments.js";
export type { ClusterStats, WorkerInfo } from "./client/cluster/figures.js";
export type { ClusterEvent, EventStream } from "./client/cluster/events.js";
export { Future } from "./client/cluster/future.js";
export { Handle } from "./client/cluster/handle.js";
export type { FutureStatus } from "./client/cluster/handle.js";
export { LocalCluster } from "./client/cluster/local-cluster.js";
export type { BusOptions } from "./client/bus/bus-options.js";
export type { LocalClusterOptions } from "./client/cluster/local-options.js";
export type { ScatterOptions } from "./client/cluster/scatter-on.js";
export { wait } from "./client/cluster/wait.js";
export type { Waited, WaitOptions } from "./client/cluster/wait.js";

export type { Config } from "./config.js";
export {
  AddressTakenError,
  BrokenLineError,
  BusRefusedError,
  BusUnreachableError,
  CancelledError,
  CapturedVariableError,
  ClusterFailedError,
  ClusterLedError,
  ConfigError,
  CycleError,
  DataPortError,
  DuplicateKeyError,
  EmptyBagError,
  FunctionAsDataError,
  InlineRefusedError,
  InputsTooLargeError,
  InvalidArgumentError,
  InvalidKeyError,
  JobFileError,
  JournalFencedError,
  KilledWorkerError,
  LostValueError,
  MachineError,
  MissingDependencyError,
  MissingKeyError,
  ModuleMismatchError,
  NoFilesError,
  NoSchedulerError,
  NoValidWorkerError,
  NotConnectedError,
  ProtocolVersionError,
  NotInTaskError,
  PayloadTooLargeError,
  RequestRefusedError,
  SkeinError,
  TaskErredError,
  TaskModuleError,
  TaskTimeoutError,
  TokenizeError,
  TransportClosedError,
  UnknownTaskError,
  UnreadableFileError,
  UnserializableError,
  WaitTimeoutError,
} from "./errors.js";
