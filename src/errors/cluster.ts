/** Clusters that are not there, or not for you. */

import { SkeinError, describeCause } from "./base.js";

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

/** The scheduler was asked for something that it cannot do as things stand; the message is its answer. */
export class RequestRefusedError extends SkeinError {
  readonly code = "ERR_REQUEST_REFUSED";
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
