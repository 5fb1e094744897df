/**
 * Advisories on brokers that were known when this table was made. It names those from the oldest versions that Skein
 * runs on; from one of the broker's vendor with a later date nothing can be known here.
 *
 * Sources: advisories.nats.io (the entries that bear on servers for clients, not on gateways between servers), and the
 * advisories of github.com/rabbitmq/rabbitmq-server.
 */

export type BrokerKind = "nats" | "rabbitmq";

export interface Advisory {
  readonly id: string;
  readonly about: string;
  /** The first version that has it; every one before the fixes unless given. */
  readonly since?: string;
  /** The first version without it, of each line that was mended. */
  readonly fixedIn: readonly string[];
}

/** The day of the newest entry that was looked at. */
export const advisoriesAsOf: Readonly<Record<BrokerKind, string>> = {
  nats: "2026-06-29",
  rabbitmq: "2026-06-04",
};

const march2026 = ["2.11.15", "2.12.6"];

export const advisories: Readonly<Record<BrokerKind, readonly Advisory[]>> = {
  nats: [
    {
      id: "CVE-2022-42708",
      about: "an authenticated user can make the server panic",
      since: "2.2.0",
      fixedIn: ["2.9.3"],
    },
    {
      id: "CVE-2022-42709",
      about: "accounts that import from each other make the server panic",
      fixedIn: ["2.9.3"],
    },
    {
      id: "CVE-2023-47090",
      about: "an accounts block with $SYS alone beside an authorization block lets anybody in",
      since: "2.2.0",
      fixedIn: ["2.9.23", "2.10.2"],
    },
    {
      id: "CVE-2023-46129",
      about: "what xkeys encrypt (auth callout) can be read by anybody",
      since: "2.10.0",
      fixedIn: ["2.10.4"],
    },
    {
      id: "CVE-2025-30215",
      about: "users of one account can administrate JetStream of others",
      since: "2.2.0",
      fixedIn: ["2.10.27", "2.11.1"],
    },
    {
      id: "CVE-2026-27571",
      about: "with WebSockets on, anybody can use up the memory",
      since: "2.2.0",
      fixedIn: ["2.11.12", "2.12.3"],
    },
    {
      id: "CVE-2026-27889",
      about: "with WebSockets on, anybody can crash the server",
      since: "2.2.0",
      fixedIn: ["2.11.14", "2.12.5"],
    },
    { id: "CVE-2026-33216", about: "MQTT passwords can be read in monitoring", fixedIn: march2026 },
    { id: "CVE-2026-33217", about: "permissions do not hold for MQTT clients", fixedIn: march2026 },
    { id: "CVE-2026-33219", about: "with WebSockets on, anybody can use up the memory", fixedIn: march2026 },
    {
      id: "CVE-2026-33222",
      about: "who may restore one stream may overwrite others",
      fixedIn: march2026,
    },
    {
      id: "CVE-2026-33247",
      about: "credentials on the server's command line can be read in monitoring",
      fixedIn: march2026,
    },
    {
      id: "CVE-2026-33248",
      about: "some names in client certificates match other users",
      fixedIn: march2026,
    },
    {
      id: "CVE-2026-33249",
      about: "traces of messages can be sent where the user may not publish",
      fixedIn: march2026,
    },
    {
      id: "GHSA-wh7g-5m82-pmhr",
      about: "wildcards get around denied subscriptions",
      fixedIn: ["2.11.16", "2.12.7", "2.14.0"],
    },
    {
      id: "GHSA-jx8g-9g95-6322",
      about: "queue groups get around denied subscriptions",
      fixedIn: ["2.11.16", "2.12.7", "2.14.0"],
    },
    {
      id: "GHSA-g33f-6538-grxh",
      about: "where JWTs let clients in, anybody can crash the server",
      fixedIn: ["2.12.10", "2.14.2"],
    },
    {
      id: "GHSA-q59r-vq66-pxc2",
      about: "a question for connections crashes the server",
      fixedIn: ["2.12.12", "2.14.3"],
    },
  ],
  rabbitmq: [
    {
      id: "CVE-2022-31008",
      about: "passwords in shovel and federation links are badly disguised",
      fixedIn: ["3.8.32", "3.9.18", "3.10.2"],
    },
    {
      id: "CVE-2023-46118",
      about: "large requests to the HTTP API use up the memory",
      fixedIn: ["3.11.24", "3.12.7"],
    },
    {
      id: "CVE-2024-51988",
      about: "queues can be deleted over the HTTP API without the permission",
      fixedIn: ["3.12.11"],
    },
    {
      id: "CVE-2025-30219",
      about: "names of virtual hosts run as scripts in the management UI",
      fixedIn: ["3.13.8", "4.0.3"],
    },
    {
      id: "CVE-2025-50200",
      about: "passwords sent to the HTTP API are logged",
      fixedIn: ["4.0.8"],
    },
    {
      id: "CVE-2026-44838",
      about: "MQTT client ids get around topic permissions",
      since: "4.2.0",
      fixedIn: ["4.2.4"],
    },
  ],
};

/** Those that bear on a version. Of a version that cannot be read, all: nothing is known of it. */
export function advisoriesFor(kind: BrokerKind, version: string): readonly Advisory[] {
  return advisories[kind].filter((each) => bearsOn(each, version));
}

function bearsOn({ since, fixedIn }: Advisory, version: string): boolean {
  const own = parts(version);
  if (own === undefined) return true;
  if (since !== undefined && isBefore(own, parts(since)!)) return false;
  const fixes = fixedIn.map((each) => parts(each)!);
  const sameLine = fixes.find(([major, minor]) => major === own[0] && minor === own[1]);
  if (sameLine !== undefined) return isBefore(own, sameLine);
  // A line that was never mended has it, unless it began after the newest fix.
  return fixes.some((fix) => isBefore(own, fix));
}

type Parts = readonly [major: number, minor: number, patch: number];

function parts(version: string): Parts | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return patch === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function isBefore(a: Parts, b: Parts): boolean {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
}
