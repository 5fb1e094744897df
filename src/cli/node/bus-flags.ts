/** The flags that say which cluster on which bus is meant, and how to be let in. Each has an environment variable. */

import { Option, type Command } from "commander";
import { checkBusOptions, type BusOptions, type BusPlace } from "../../client/bus/bus-options.js";
import { settingsInForce } from "../../client/settings.js";
import type { SettingName } from "../../config.js";
import { WrongUsage } from "../output.js";
import { logLevels } from "./log.js";
import { takeSettings } from "./setting-flags.js";

export interface BusFlags {
  readonly bus?: string;
  readonly cluster?: string;
  readonly prefix?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsInsecure?: boolean;
  readonly connectTimeout?: string;
}

const flags: readonly (readonly [flag: string, doc: string, variable: string])[] = [
  ["--bus <url>", "The bus: nats://host:4222, tls://…, amqp://host:5672/vhost or amqps://….", "SKEIN_BUS"],
  ["--cluster <name>", "The cluster's name; several share one bus. Default: default.", "SKEIN_CLUSTER"],
  ["--prefix <name>", "What all names on the bus begin with. Default: skein.", "SKEIN_PREFIX"],
  ["--user <name>", "The user to connect as, when it is not in the URL.", "SKEIN_USER"],
  [
    "--password <text>",
    "That user's password; better in its variable than on a command line.",
    "SKEIN_PASSWORD",
  ],
  ["--token <text>", "NATS: the token to connect with.", "SKEIN_TOKEN"],
  ["--creds <file>", "NATS: a credentials file (.creds).", "SKEIN_CREDS"],
  ["--nkey <file>", "NATS: a file with the seed of an nkey.", "SKEIN_NKEY"],
  ["--tls-ca <file>", "The certificates (PEM) that the bus's own is checked against.", "SKEIN_TLS_CA"],
  ["--tls-cert <file>", "This side's certificate (PEM), where the bus asks for one.", "SKEIN_TLS_CERT"],
  ["--tls-key <file>", "The key (PEM) of that certificate.", "SKEIN_TLS_KEY"],
  ["--tls-insecure", "Do not check who the bus is. For trials only.", "SKEIN_TLS_INSECURE"],
  ["--connect-timeout <ms>", "How long connecting may take. Default: 10000.", "SKEIN_CONNECT_TIMEOUT_MS"],
];

/** Adds the flags that name a cluster on a bus. */
export function withBus(command: Command): Command {
  for (const [flag, doc, variable] of flags) {
    // Any text in a variable would switch a flag on that has no value, "0" and "false" as well.
    const isSwitch = !flag.includes("<");
    const option = isSwitch
      ? new Option(flag, `${doc} (env: ${variable})`)
      : new Option(flag, doc).env(variable);
    command.addOption(option);
  }
  return command.hook("preAction", async (_, called) =>
    takeSettings(called, await settingsInForce(), busSettingNames),
  );
}

/** Settings of the connection, and the flags' names. */
const busSettingNames: Readonly<Partial<Record<SettingName, string>>> = {
  ...{ bus: "bus", cluster: "cluster", prefix: "prefix", user: "user", password: "password", token: "token" },
  ...{ creds: "creds", nkey: "nkey", tlsCa: "tlsCa", tlsCert: "tlsCert", tlsKey: "tlsKey" },
  ...{ tlsInsecure: "tlsInsecure", connectTimeoutMs: "connectTimeout", logLevel: "logLevel" },
};

export const logLevelFlag = (): Option =>
  new Option("--log-level <level>", "What is logged, at least.")
    .env("SKEIN_LOG_LEVEL")
    .choices(logLevels)
    .default("info");

/** The options that the flags make. @throws WrongUsage when no bus is named */
export function busOptions(given: BusFlags): BusOptions {
  const { bus, cluster, prefix, user, password, token, creds, nkey, tlsCa, tlsCert, tlsKey, tlsInsecure } =
    given;
  if (bus === undefined)
    throw new WrongUsage("--bus", "no bus was named", "Give --bus nats://127.0.0.1:4222, or set SKEIN_BUS.");
  const tls = definedOnly({
    caFile: tlsCa,
    certFile: tlsCert,
    keyFile: tlsKey,
    insecure: tlsInsecure === true ? true : undefined,
  });
  return {
    bus,
    ...definedOnly({ cluster, prefix, user, password, token }),
    ...definedOnly({ credentialsFile: creds, nkeySeedFile: nkey }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(given.connectTimeout === undefined
      ? {}
      : { connectTimeoutMs: wholeNumber("--connect-timeout", given.connectTimeout, 1, 3_600_000) }),
  };
}

/** Flags that are not called as the options they stand for. */
const flagOf: Readonly<Record<string, string>> = {
  ...{ credentialsFile: "--creds", nkeySeedFile: "--nkey" },
  ...{ "tls.caFile": "--tls-ca", "tls.certFile": "--tls-cert", "tls.keyFile": "--tls-key" },
};

/** @throws WrongUsage */
export function busPlace(given: BusFlags): BusPlace {
  return checkBusOptions(busOptions(given), (name, problem, remedy) => {
    throw new WrongUsage(flagOf[name] ?? `--${name}`, problem, remedy);
  });
}

/** @throws WrongUsage */
export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most && text.trim() !== "") return number;
  throw new WrongUsage(flag, `got ${JSON.stringify(text)}`, `Give a whole number from ${least} to ${most}.`);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
