import type { ContractBus } from "../../src/testing/contract/bus.js";
import { transportContract } from "../../src/testing/transport-contract.js";
import { AmqpTransport } from "../../src/transport/amqp/amqp-transport.js";
import type { Transport } from "../../src/transport/transport.js";
import { Proxy } from "../support/brokers/proxy.js";
import type { RabbitServer } from "../support/brokers/rabbitmq-server.js";
import { sharedRabbit, startRabbit } from "../support/brokers/rabbitmq-server.js";

/** Each connection through a proxy of its own, so that it can be cut alone. */
function contractBus(serverUrl: string, server?: RabbitServer): ContractBus {
  const { hostname, port } = new URL(serverUrl);
  const proxies = new Map<Transport, Proxy>();
  const proxyOf = (transport: Transport): Proxy => proxies.get(transport) as Proxy;
  return {
    async connect() {
      const proxy = await Proxy.start({ host: hostname, port: Number(port) || 5672 });
      const url = new URL(serverUrl);
      [url.hostname, url.port] = ["127.0.0.1", String(proxy.port)];
      const transport = await AmqpTransport.connect({ url: url.href });
      proxies.set(transport, proxy);
      return transport;
    },
    cut: {
      disconnect: async (transport) => proxyOf(transport).cut(),
      reconnect: async (transport) => proxyOf(transport).heal(),
    },
    alarm: {
      async block(transport) {
        await server?.setMemoryAlarm();
        // The broker tells of an alarm when something is published into it.
        transport.broadcast("skein.contract-alarm.topic", Uint8Array.of(0));
      },
      unblock: async () => server?.clearMemoryAlarm(),
    },
    async close() {
      for (const proxy of proxies.values()) await proxy.close();
    },
  };
}

describe("RabbitMQ", function () {
  this.timeout(120_000);
  let server: RabbitServer;
  before(async () => {
    server = await startRabbit();
  });
  after(() => server.stop());

  const capabilities = { cuts: true, tellsNobody: true };
  transportContract("RabbitMQ", async () => contractBus(server.url, server), {
    ...capabilities,
    alarms: true,
    alarmsAll: true,
  });

  const { AMQP_URL: named = "" } = process.env;
  if (named !== "") {
    transportContract(
      "the RabbitMQ at AMQP_URL",
      async () => contractBus((await sharedRabbit()).url),
      capabilities,
    );
  }
});
