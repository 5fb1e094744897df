import type { MemoryBusOptions } from "../../src/transport/memory/memory-hub.js";
import { MemoryBus } from "../../src/transport/memory/memory-bus.js";
import type { MemoryTransport } from "../../src/transport/memory/memory-transport.js";
import type { ContractBus } from "../../src/testing/contract/bus.js";
import { transportContract } from "../../src/testing.js";
import type { Transport } from "../../src/transport/transport.js";

const inMemory = (transport: Transport): MemoryTransport => transport as MemoryTransport;

function contractBus(options: MemoryBusOptions): () => Promise<ContractBus> {
  return async () => {
    const bus = new MemoryBus(options);
    return {
      connect: () => bus.connect(),
      cut: {
        disconnect: async (transport) => inMemory(transport).disconnect(),
        reconnect: async (transport) => inMemory(transport).reconnect(),
      },
      alarm: {
        block: async (transport) => inMemory(transport).block(),
        unblock: async (transport) => inMemory(transport).unblock(),
      },
      close: async () => undefined,
    };
  };
}

const capabilities = { cuts: true, alarms: true, tellsNobody: true, leaseTtlMs: 60 };

transportContract("memory", contractBus({}), { ...capabilities, limitsPayload: false });
transportContract(
  "memory with small messages and a journal without a fence",
  contractBus({ payloadBytes: 4_096, parcelBytes: 64 * 1024 * 1024, writeFence: false }),
  capabilities,
);
