/** What all errors have in common, and how their messages show keys and values. */

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

export const quoted = (keys: readonly string[]): string => keys.map((key) => JSON.stringify(key)).join(", ");

/** Long lists of keys are cut in messages; the error's fields carry them whole. */
export function arrowList(keys: readonly string[], limit = 12): string {
  const shown = keys.length <= limit ? keys : [...keys.slice(0, limit - 2), "…", ...keys.slice(-1)];
  return shown.map((key) => (key === "…" ? key : JSON.stringify(key))).join(" → ");
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

export function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message.trim()}` : `it threw ${describe(cause)}`;
}
