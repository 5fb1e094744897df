/** Which transport speaks to which bus. Loaded when a bus is first named: most programs use one, or none. */

import type { ConnectOptions } from "../../transport/connect-options.js";
import type { Transport } from "../../transport/transport.js";

/** @throws BusUnreachableError, BusRefusedError */
export async function connectBus(options: ConnectOptions): Promise<Transport> {
  const { protocol } = new URL(options.url);
  if (protocol === "amqp:" || protocol === "amqps:") {
    const { AmqpTransport } = await import("../../transport/amqp/amqp-transport.js");
    return AmqpTransport.connect(options);
  }
  const { NatsTransport } = await import("../../transport/nats/nats-transport.js");
  return NatsTransport.connect(options);
}
