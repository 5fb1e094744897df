/**
 * The contract of a transport, as a mocha suite that any implementation must pass against its real bus. What a bus
 * may do (lose around a disconnect, repeat) the suite allows; what it must not do, it looks for.
 */

import { randomUUID } from "node:crypto";
import type { Transport } from "../transport/transport.js";
import { blobContract } from "./contract/blobs.js";
import type { ContractBus, ContractCapabilities } from "./contract/bus.js";
import { broadcastContract } from "./contract/broadcast.js";
import { closeContract } from "./contract/close.js";
import { faultContract } from "./contract/faults.js";
import { journalContract } from "./contract/journal.js";
import { leaseContract } from "./contract/leases.js";
import { mailboxContract } from "./contract/mailboxes.js";
import { presenceContract } from "./contract/presence.js";
import type { Stage } from "./contract/stage.js";

/** Declares the suite. `factory` is called before each test; names differ from test to test and run to run. */
export function transportContract(
  name: string,
  factory: () => Promise<ContractBus>,
  capabilities: ContractCapabilities = {},
): void {
  const { deadlineMs = 15_000, leaseTtlMs = 1_500 } = capabilities;

  describe(`The transport contract: ${name}`, function () {
    this.timeout(deadlineMs * 2);
    let made: ContractBus | undefined;
    let transports: Transport[] = [];

    const stage: Stage = {
      deadlineMs,
      leaseTtlMs,
      get bus() {
        return made as ContractBus;
      },
      async connect() {
        const transport = await stage.bus.connect();
        transports.push(transport);
        return transport;
      },
      name: (kind) => `skein.contract-${randomUUID().slice(0, 8)}.${kind}`,
    };

    beforeEach(async () => {
      transports = [];
      made = undefined;
      made = await factory();
    });

    afterEach(async () => {
      for (const transport of transports) await transport.close();
      await made?.close();
    });

    mailboxContract(stage, capabilities);
    broadcastContract(stage, capabilities);
    leaseContract(stage, capabilities);
    presenceContract(stage, capabilities);
    journalContract(stage);
    blobContract(stage);
    faultContract(stage, capabilities);
    closeContract(stage);
  });
}
