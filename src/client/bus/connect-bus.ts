/** Which transport speaks to which bus. Loaded when a bus is first named: most programs use one, or none. */

import { inboxName, type Namespace, type Role } from "../../protocol/addresses.js";
import { busUrls, type ConnectOptions } from "../../transport/connect-options.js";
import type { Transport } from "../../transport/transport.js";

/**
 * @param role what connects: each role has answers sent to subjects of its own.
 * @throws BusUnreachableError, BusRefusedError
 */
export async function connectBus(
  connection: ConnectOptions,
  space: Namespace,
  role: Role,
): Promise<Transport> {
  const options = { ...connection, inboxPrefix: inboxName(space, role) };
  const { protocol } = new URL(busUrls(options.url)[0] as string);
  if (protocol === "amqp:" || protocol === "amqps:") {
    const { AmqpTransport } = await import("../../transport/amqp/amqp-transport.js");
    return AmqpTransport.connect(options);
  }
  const { NatsTransport } = await import("../../transport/nats/nats-transport.js");
  return NatsTransport.connect(options);
}
