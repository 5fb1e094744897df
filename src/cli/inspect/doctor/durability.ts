/** What it means here that a bus has taken a record: what it survives, and what it does not. */

import type { Broker } from "./broker.js";

export interface Durability {
  /** In one sentence, what one really has. */
  readonly sentence: string;
  /** How it comes about, and what would make it more. */
  readonly notes: readonly string[];
}

export function durabilityOf(broker: Broker): Durability {
  if (!broker.journal) return nothingKept(broker);
  return broker.kind === "nats" ? ofJetStream(broker) : ofStreams(broker);
}

function nothingKept({ kind }: Broker): Durability {
  return {
    sentence:
      "Nothing is kept: when the scheduler ends, clients and workers tell the next one what they want and hold, and " +
      "what nobody tells is forgotten.",
    notes: [
      kind === "nats"
        ? "Start nats-server with -js, and enable JetStream for the account, to keep a journal."
        : "Journals need streams, which AMQP can use from RabbitMQ 3.10 on.",
    ],
  };
}

function ofJetStream({ version, clusterName, streams }: Broker): Durability {
  const replicas = streams.length === 0 ? undefined : Math.min(...streams.map((each) => each.replicas));
  const isInMemory = streams.some(({ storage }) => storage === "memory");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const hasSetting = major > 2 || (major === 2 && minor >= 10);
  const flushed = hasSetting
    ? "every 2 minutes unless its sync_interval says otherwise"
    : "each 60 s, which cannot be changed before 2.10";
  const isReplicated = (replicas ?? 1) > 1;
  const survives = isReplicated
    ? `the loss of ${Math.floor(((replicas ?? 1) - 1) / 2)} of the ${replicas} servers that keep it, and a crash of all of their processes`
    : "a crash of nats-server, but not the loss of that machine's disk";
  return {
    sentence: isInMemory
      ? "A record that was taken is in the servers' memory only: it does not survive their end."
      : `A record that was taken survives ${survives}; a power cut${isReplicated ? " of all of them" : ""} can cost the last ` +
        `${hasSetting ? "2 minutes" : "60 s"}, since the answer comes before the disk has it.`,
    notes: [
      `nats-server ${version} flushes to disk ${flushed}; it does not tell clients how it is set.`,
      ...(hasSetting
        ? ["With jetstream { sync_interval: always } every record is on disk before the answer."]
        : []),
      replicas === undefined
        ? "No stream of this cluster is there yet, or this user may not see it; one that Skein makes has 1 replica."
        : `Replicas: ${streams.map((each) => `${each.name} ${each.current} of ${each.replicas}`).join(", ")}.`,
      clusterName === ""
        ? "It is a single server."
        : `It belongs to the cluster of servers ${JSON.stringify(clusterName)}.`,
    ],
  };
}

function ofStreams({ version, clusterName }: Broker): Durability {
  return {
    sentence:
      "A record that was taken has been written by a majority of the stream's replicas and flushed by none: on a " +
      "single node it survives a crash of RabbitMQ, not a power cut; on a cluster it survives the loss of a minority " +
      "of the nodes.",
    notes: [
      `RabbitMQ ${version} leaves flushing streams to the operating system.`,
      `AMQP does not tell how many replicas a stream has${clusterName === "" ? "" : ` (the node calls its cluster ${clusterName}, also when it is alone)`}: ` +
        "rabbitmqctl list_queues name type members does.",
    ],
  };
}
