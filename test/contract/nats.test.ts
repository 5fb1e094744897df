import { transportContract } from "../../src/testing/transport-contract.js";
import type { ContractBus } from "../../src/testing/contract/bus.js";
import { NatsTransport } from "../../src/transport/nats/nats-transport.js";
import type { Transport } from "../../src/transport/transport.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { Proxy } from "../support/brokers/proxy.js";

/** Each connection through a proxy of its own, so that it can be cut alone. */
async function contractBus(): Promise<ContractBus> {
  const { url } = await sharedNats();
  const { hostname, port, username, password } = new URL(url);
  const proxies = new Map<Transport, Proxy>();
  const proxyOf = (transport: Transport): Proxy => proxies.get(transport) as Proxy;
  return {
    async connect() {
      const proxy = await Proxy.start({ host: hostname, port: Number(port) });
      const login = username === "" ? {} : { user: username, password };
      const transport = await NatsTransport.connect({ url: `nats://127.0.0.1:${proxy.port}`, ...login });
      proxies.set(transport, proxy);
      return transport;
    },
    cut: {
      disconnect: async (transport) => proxyOf(transport).cut(),
      reconnect: async (transport) => proxyOf(transport).heal(),
    },
    async close() {
      for (const proxy of proxies.values()) await proxy.close();
    },
  };
}

transportContract("NATS", contractBus, { cuts: true });
