/** What the broker says of itself at connect, and what that means for what it can do. */

import type { Session } from "./session.js";

export interface AmqpCapabilities {
  /** Such as `RabbitMQ`. */
  readonly server: string;
  readonly version: string;
  /** The name of the broker's cluster; empty where it tells none. */
  readonly clusterName: string;
  /** Whether it can keep journals and blobs: streams, usable through AMQP since 3.10. */
  readonly journal: boolean;
  /** A stream takes records from anyone: a late leader's are there, and do not count. */
  readonly writeFence: false;
  /** What an answer to `append` says about disks. */
  readonly durability: string;
}

export function capabilitiesOf(session: Session): AmqpCapabilities {
  const { product, version, cluster_name: clusterName = "" } = session.publish.connection.serverProperties;
  return {
    server: product,
    version,
    clusterName,
    journal: product === "RabbitMQ" && isAtLeast(version, 3, 10),
    writeFence: false,
    durability:
      "stored by a majority of the stream's replicas, flushed to disk by the operating system in its time",
  };
}

/** Whether a version such as `3.10.8` or `4.0.0-rc.1` is `major.minor` or newer. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [its = 0, itsMinor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return its > major || (its === major && itsMinor >= minor);
}
