/** What a worker is told when it is started, checked and complete. */

import type { FunctionSettings } from "../../executor/functions/policy.js";

export interface WorkerSettings {
  readonly name: string;
  readonly threads: number;
  /** Asynchronous tasks that one thread runs at once. */
  readonly concurrency: number;
  readonly memoryLimitBytes: number;
  /** The heap of each thread; undefined leaves it to the engine. */
  readonly heapLimitMb: number | undefined;
  readonly resources: Readonly<Record<string, number>>;
  readonly cancelGraceMs: number;
  readonly inlineResultBytes: number;
  /** Its part of the process's memory. Without it, only the values it holds are counted. */
  readonly processShare?: number;
  /** Whether its scheduler is in the same process. */
  readonly home?: boolean;
  readonly spillDirectory: string;
  readonly functions: FunctionSettings;
  /** The incarnation in whose place it starts. */
  readonly replaces?: { readonly peer: string; readonly how: string };
}
