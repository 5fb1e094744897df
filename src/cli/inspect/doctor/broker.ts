/** What the broker says of itself: what it is, what it can do, and how it keeps things. */

import { sharedName, type Namespace } from "../../../protocol/addresses.js";
import type { AmqpTransport } from "../../../transport/amqp/amqp-transport.js";
import type { JetStreamFindings, StreamFindings } from "../../../transport/nats/examine.js";
import type { NatsTransport } from "../../../transport/nats/nats-transport.js";
import type { Transport } from "../../../transport/transport.js";
import type { BrokerKind } from "./advisories.js";

export interface Broker {
  readonly kind: BrokerKind;
  /** As it calls itself. */
  readonly name: string;
  readonly version: string;
  readonly clusterName: string;
  /** Whether it can keep journals, leases and blobs. */
  readonly journal: boolean;
  readonly streams: readonly StreamFindings[];
  readonly account?: NonNullable<JetStreamFindings["account"]>;
}

export function isNats(transport: Transport): transport is NatsTransport {
  return transport.kind === "nats";
}

export async function brokerOf(transport: Transport, space: Namespace): Promise<Broker> {
  if (!isNats(transport)) {
    const {
      version = "",
      clusterName = "",
      journal = false,
    } = (transport as AmqpTransport).capabilities ?? {};
    return { kind: "rabbitmq", name: "RabbitMQ", version, clusterName, journal, streams: [] };
  }
  const { server, version, clusterName, journal } = transport.capabilities;
  const about = { kind: "nats", name: server, version, clusterName, journal } as const;
  if (!journal) return { ...about, streams: [] };
  const { streams, account } = await transport.examine(
    [sharedName(space, "journal", "terms")],
    [sharedName(space, "lease", "scheduler")],
  );
  return { ...about, streams, ...(account === undefined ? {} : { account }) };
}
