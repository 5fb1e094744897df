/** How a program, a flag or a setting names a cluster on a bus; checked before anything is connected. */

import { accessSync, constants } from "node:fs";
import { describe, InvalidArgumentError } from "../../errors.js";
import type { Namespace } from "../../protocol/addresses.js";
import { isPlainObject } from "../../graph/references.js";
import { asToken } from "../../protocol/addresses.js";
import { busUrls, shownUrl, type ConnectOptions } from "../../transport/connect-options.js";

export interface BusOptions extends Omit<ConnectOptions, "url" | "limits" | "onTrouble" | "inboxPrefix"> {
  /** `nats://host:4222`, `tls://…`, `amqp://host:5672/vhost` or `amqps://…`; several of NATS with commas between. */
  readonly bus: string;
  /** The cluster's name: several share one bus. `default` unless given. */
  readonly cluster?: string;
  /** What all names on the bus begin with. `skein` unless given. */
  readonly prefix?: string;
  /** Fetch values by TCP from workers that offer it (`--data-port`), instead of over the bus. */
  readonly direct?: boolean;
}

/** A cluster on a bus: how to connect, and under which names it is found there. */
export interface BusPlace {
  readonly connection: ConnectOptions;
  readonly space: Namespace;
  readonly direct: boolean;
}

/** What may be said about a bus. */
export const busOptionNames: readonly string[] = [
  ...["bus", "cluster", "prefix", "name", "user", "password", "token", "tls"],
  ...["credentialsFile", "nkeySeedFile", "connectTimeoutMs", "direct"],
];
const schemes = ["nats:", "tls:", "amqp:", "amqps:"];

/** Throws the error for an option that cannot be used. */
export type RefuseOption = (name: string, problem: string, remedy: string) => never;

/** Refuses options that a program gave. @param to what it gave them to, for errors. */
export function refuseOptionOf(to: string): RefuseOption {
  return (name, problem, remedy) => {
    throw new InvalidArgumentError(`${to}: ${name}`, problem, remedy);
  };
}

/** @throws what `refuseOption` does. */
export function checkBusOptions(given: string | BusOptions, refuseOption: RefuseOption): BusPlace {
  const options = typeof given === "string" ? { bus: given } : given;
  if (!isPlainObject(options))
    refuseOption(
      "bus",
      `got ${describe(options)}`,
      "Give a URL, options with a URL as bus, or a LocalCluster.",
    );
  const refuse = (name: string, value: unknown, remedy: string): never =>
    refuseOption(name, `got ${describe(value)}`, remedy);
  for (const name of Object.keys(options)) {
    if (!busOptionNames.includes(name))
      refuse(
        name,
        (options as unknown as Record<string, unknown>)[name],
        `Known are ${busOptionNames.join(", ")}.`,
      );
  }
  const { bus, cluster = "default", prefix = "skein", direct = false, ...connection } = options;
  checkUrl(bus, refuse, refuseOption);
  for (const [name, value] of Object.entries({ cluster, prefix })) {
    if (typeof value !== "string" || value === "" || asToken(value) !== value)
      refuse(name, value, "Use 1 to 80 letters, digits, - or _: it becomes part of names on the bus.");
  }
  if (typeof direct !== "boolean") refuse("direct", direct, "Give true or false.");
  for (const [name, file] of Object.entries(filesOf(connection))) {
    const problem = file === undefined ? undefined : whyUnreadable(file);
    if (problem !== undefined)
      refuseOption(name, `${String(file)} cannot be read: ${problem}`, "Give a file that can.");
  }
  return { connection: { ...connection, url: bus }, space: { prefix, cluster }, direct };
}

function checkUrl(
  bus: unknown,
  refuse: (name: string, value: unknown, remedy: string) => never,
  refuseOption: RefuseOption,
): void {
  const example = "Give a URL such as nats://127.0.0.1:4222 or amqp://127.0.0.1:5672.";
  if (typeof bus !== "string") return refuse("bus", bus, example);
  const urls = busUrls(bus);
  const isUsable = (url: string): boolean => URL.canParse(url) && schemes.includes(new URL(url).protocol);
  if (!urls.every(isUsable)) refuse("bus", shownUrl(bus), example);
  if (urls.length > 1 && urls.some((url) => new URL(url).protocol.startsWith("amqp")))
    refuse(
      "bus",
      shownUrl(bus),
      "Give one address for RabbitMQ; several are for the servers of a NATS cluster.",
    );
  if (!urls.every(isDecodable)) {
    const remedy =
      "Write a % in a user, password or virtual host as %25, or give user and password by themselves.";
    refuseOption("bus", "a % in it begins no escape", remedy);
  }
}

function isDecodable(url: string): boolean {
  const { username, password, pathname } = new URL(url);
  try {
    decodeURIComponent(username + password + pathname);
    return true;
  } catch {
    return false;
  }
}

/** By the names of their options. */
function filesOf({
  tls,
  credentialsFile,
  nkeySeedFile,
}: Partial<BusOptions>): Readonly<Record<string, unknown>> {
  const { caFile, certFile, keyFile } = tls ?? {};
  return {
    "tls.caFile": caFile,
    "tls.certFile": certFile,
    "tls.keyFile": keyFile,
    credentialsFile,
    nkeySeedFile,
  };
}

function whyUnreadable(file: unknown): string | undefined {
  try {
    accessSync(String(file), constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
