/**
 * Every setting there is: its schema with the limits, its default, and a sentence of documentation. Names carry
 * their unit. Pure: where settings are read from (files, environment, flags) is for the callers; this file says
 * what they mean and which of several wins.
 */

import * as z from "zod";
import { ConfigError, describe } from "./errors.js";

interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  /** What it does, in one sentence. */
  readonly doc: string;
  /** What may be given, in words. */
  readonly accepts: string;
  /** How it is shown to people, where it says more than they should read. */
  readonly shown?: (value: T) => string;
}

function whole(fallback: number, least: number, most: number, doc: string): Setting<number> {
  const schema = z.int().min(least).max(most);
  return { schema, fallback, doc, accepts: `a whole number from ${least} to ${most}` };
}

function real(fallback: number, least: number, most: number, doc: string): Setting<number> {
  const schema = z.number().min(least).max(most);
  return { schema, fallback, doc, accepts: `a number from ${least} to ${most}` };
}

function flag(fallback: boolean, doc: string): Setting<boolean> {
  return { schema: z.boolean(), fallback, doc, accepts: "true or false" };
}

function name(fallback: string, doc: string): Setting<string> {
  const schema = z.string().min(1);
  return { schema, fallback, doc, accepts: "a non-empty string" };
}

/** The first is the default. */
function oneOf<const T extends string>(choices: readonly [T, ...T[]], doc: string): Setting<string> {
  return { schema: z.enum(choices), fallback: choices[0], doc, accepts: `one of ${choices.join(", ")}` };
}

/** Text that may be missing: empty unless given. */
function text(doc: string): Setting<string> {
  return { schema: z.string(), fallback: "", doc, accepts: "a string" };
}

function secret(doc: string): Setting<string> {
  return { ...text(doc), shown: (value) => (value === "" ? "" : "***") };
}

function withoutPassword(doc: string): Setting<string> {
  return { ...text(doc), shown: (url) => url.replace(/\/\/[^@/]*@/, "//***@") };
}

/** All settings by name, in the order in which they are shown. */
export const settings = {
  scheduler: name("threads", "The scheduler that computes unless a call names one."),
  concurrency: whole(16, 1, 65_536, "How many asynchronous tasks run at once in one thread."),
  workers: whole(0, 0, 1_024, "How many threads the threads scheduler has; 0 gives each core one."),
  optimize: flag(true, "Whether graphs are culled, simplified and fused before they run."),
  progress: flag(false, "Whether a progress bar is drawn on the terminal while computing."),
  retries: whole(0, 0, 1_000, "How many more times a failed task is tried, unless the task says."),
  retryBackoffMs: real(100, 0, 3_600_000, "The wait before the first retry, in milliseconds."),
  retryBackoffFactor: real(2, 1, 100, "What each further wait is multiplied with."),
  retryBackoffMaxMs: real(30_000, 0, 86_400_000, "The longest wait before a retry, in milliseconds."),
  retryJitter: real(0.2, 0, 1, "The part of each wait that is random, so that retries do not march in step."),
  yieldEveryMs: real(
    10,
    1,
    10_000,
    "How long synchronous tasks run before timers and signals get their turn.",
  ),
  bus: withoutPassword(
    "The bus of the cluster that computes, such as nats://127.0.0.1:4222 or amqp://host/vhost.",
  ),
  cluster: name("default", "The cluster's name; several share one bus."),
  prefix: name("skein", "What all names on the bus begin with."),
  user: text("The user to connect to the bus as, when it is not in the URL."),
  password: secret("That user's password."),
  token: secret("NATS: the token to connect with."),
  creds: text("NATS: a credentials file (.creds)."),
  nkey: text("NATS: a file with the seed of an nkey."),
  tlsCa: text("A file of certificates (PEM) that the bus's own is checked against."),
  tlsCert: text("A file with this side's certificate (PEM), where the bus asks for one."),
  tlsKey: text("The file with the key (PEM) of that certificate."),
  tlsInsecure: flag(false, "Whether the bus may be anybody. For trials only."),
  direct: flag(
    false,
    "Whether values are fetched by TCP from workers that offer it, instead of over the bus.",
  ),
  connectTimeoutMs: whole(10_000, 1, 3_600_000, "How long connecting to the bus may take, in milliseconds."),
  tasks: text(
    "Workers: the task modules to load, with commas between; in a file, from the file's folder on.",
  ),
  threads: whole(0, 0, 1_024, "Workers: how many threads run tasks; 0 gives each core one."),
  memoryLimit: text("Workers: what one may use, such as 4GB."),
  resources: text("Workers: what one has of named resources, such as gpu=1,license=2."),
  name: text("Workers: its name."),
  allowInline: flag(
    false,
    "Workers: whether functions run that travel as source, and task modules that clients name.",
  ),
  strictModules: flag(
    false,
    "Workers: whether tasks of a module are refused that differs from the client's copy.",
  ),
  spillDirectory: text("Workers: where values go that do not fit into memory."),
  cancelGraceMs: whole(
    1_000,
    0,
    3_600_000,
    "Workers: how long a task that was told to stop may go on before its thread is ended, in milliseconds.",
  ),
  dataPort: whole(-1, -1, 65_535, "Workers: the port that hands out values by TCP; 0 is any, -1 none."),
  dataHost: name("127.0.0.1", "Workers: what that port listens on."),
  logLevel: oneOf(
    ["info", "debug", "warn", "error", "silent"],
    "Schedulers and workers: what is logged, at least.",
  ),
} as const;

export type SettingName = keyof typeof settings;

type Value<S> = S extends Setting<infer T> ? T : never;

/** A value for every setting. */
export type Config = { readonly [N in SettingName]: Value<(typeof settings)[N]> };

/** What one source says. Sources are given weakest first. */
export interface ConfigSource {
  /** How the source of a setting is called in messages, for example a file's path or a variable's name. */
  readonly origin: (setting: string) => string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Every setting's value, and the source it came from. */
export type ResolvedConfig = {
  readonly [N in SettingName]: { readonly value: Config[N]; readonly origin: string };
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

/** The defaults, frozen. */
export const defaultConfig: Config = Object.freeze(
  Object.fromEntries(settingNames.map((each) => [each, settings[each].fallback])),
) as Config;

/** The environment variable of a setting: `retryBackoffMs` is `SKEIN_RETRY_BACKOFF_MS`. */
export function environmentName(setting: SettingName): string {
  return `SKEIN_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/**
 * Every setting from the last source that names it. A value of `undefined` counts as not named.
 *
 * @throws ConfigError for an unknown name, or a value out of its range or of the wrong kind.
 */
export function resolveConfig(sources: readonly ConfigSource[]): ResolvedConfig {
  const out: Record<string, { value: unknown; origin: string }> = {};
  for (const each of settingNames) out[each] = { value: settings[each].fallback, origin: "default" };
  for (const { origin, values } of sources) {
    for (const [each, value] of Object.entries(values)) {
      if (value !== undefined)
        out[each] = { value: checkSetting(each, value, origin(each)), origin: origin(each) };
    }
  }
  return out as ResolvedConfig;
}

/** The values alone. */
export function valuesOf(resolved: ResolvedConfig): Config {
  return Object.fromEntries(settingNames.map((each) => [each, resolved[each].value])) as Config;
}

/** The setting's value, checked. @throws ConfigError */
export function checkSetting(setting: string, value: unknown, origin: string): unknown {
  if (!Object.hasOwn(settings, setting)) {
    throw new ConfigError(setting, origin, "no such setting", `Known are ${settingNames.join(", ")}.`);
  }
  const { schema, accepts } = settings[setting as SettingName];
  const parsed = (schema as z.ZodType).safeParse(value);
  if (!parsed.success) throw new ConfigError(setting, origin, `got ${describe(value)}`, `Give ${accepts}.`);
  return parsed.data;
}

/**
 * What an environment says, as a source. Empty variables count as unset. Numbers and booleans are read from
 * their text; for booleans `1`, `true`, `yes` and `on` are true, `0`, `false`, `no` and `off` are false.
 *
 * @throws ConfigError for a value that cannot be read.
 */
export function environmentSource(environment: Readonly<Record<string, string | undefined>>): ConfigSource {
  const values: Record<string, unknown> = {};
  for (const each of settingNames) {
    const variable = environmentName(each);
    const text = environment[variable];
    if (text === undefined || text === "") continue;
    values[each] = checkSetting(each, fromText(text, settings[each].fallback), variable);
  }
  return { origin: (setting) => environmentName(setting as SettingName), values };
}

const truths: Readonly<Record<string, boolean>> = {
  "1": true,
  true: true,
  yes: true,
  on: true,
  "0": false,
  false: false,
  no: false,
  off: false,
};

/** The text as the kind of value `like` is; text that is not of this kind stays text, and fails its check. */
function fromText(text: string, like: unknown): unknown {
  if (typeof like === "number") {
    const number = Number(text);
    return text.trim() === "" || Number.isNaN(number) ? text : number;
  }
  return typeof like === "boolean" ? (truths[text.toLowerCase()] ?? text) : text;
}
