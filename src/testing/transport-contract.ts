/**
 * The contract of a transport, as a mocha suite that any implementation must pass against its real bus. What a bus
 * may do (lose around a disconnect, repeat) the suite allows; what it must not do, it looks for.
 */

import { randomUUID } from "node:crypto";
import type { Transport } from "../transport/transport.js";
import { blobContract } from "./contract/blobs.js";
import { broadcastContract } from "./contract/broadcast.js";
import { closeContract } from "./contract/close.js";
import { faultContract } from "./contract/faults.js";
import { journalContract } from "./contract/journal.js";
import { leaseContract } from "./contract/leases.js";
import { mailboxContract } from "./contract/mailboxes.js";
import { presenceContract } from "./contract/presence.js";
import type { Stage } from "./contract/stage.js";

/** A bus to test against: connections to it, and what can be done to them. */
export interface ContractBus {
  connect(): Promise<Transport>;
  /** Cuts a connection, as a broken network would, and lets it come back. */
  readonly cut?: {
    disconnect(transport: Transport): Promise<void>;
    reconnect(transport: Transport): Promise<void>;
  };
  /** Makes the bus refuse a connection's messages for a while, as an alarm would; `block` sees to it that the connection notices. */
  readonly alarm?: {
    block(transport: Transport): Promise<void>;
    unblock(transport: Transport): Promise<void>;
  };
  close(): Promise<void>;
}

/** What not every bus can do, and how long it takes. */
export interface ContractCapabilities {
  /** The suite tests disconnects with `ContractBus.cut`. */
  readonly cuts?: boolean;
  /** The suite tests back-pressure with `ContractBus.alarm`. */
  readonly alarms?: boolean;
  /** An alarm stops everybody who publishes, not only the connection it is for. */
  readonly alarmsAll?: boolean;
  /** The bus says when nobody is at an address. */
  readonly tellsNobody?: boolean;
  /** Whether a message of the bus has a largest size that fits into memory. Default true. */
  readonly limitsPayload?: boolean;
  /** The shortest time a lease can have on this bus. Default 1,500. */
  readonly leaseTtlMs?: number;
  /** How long the suite waits for anything. Default 15,000. */
  readonly deadlineMs?: number;
}

/** Declares the suite. `factory` is called before each test; names differ from test to test and run to run. */
export function transportContract(
  name: string,
  factory: () => Promise<ContractBus>,
  capabilities: ContractCapabilities = {},
): void {
  const { deadlineMs = 15_000, leaseTtlMs = 1_500 } = capabilities;

  describe(`The transport contract: ${name}`, function () {
    this.timeout(deadlineMs * 2);
    let bus: ContractBus;
    let transports: Transport[] = [];

    const stage: Stage = {
      deadlineMs,
      leaseTtlMs,
      get bus() {
        return bus;
      },
      async connect() {
        const transport = await bus.connect();
        transports.push(transport);
        return transport;
      },
      name: (kind) => `skein.contract-${randomUUID().slice(0, 8)}.${kind}`,
    };

    beforeEach(async () => {
      transports = [];
      bus = await factory();
    });

    afterEach(async () => {
      for (const transport of transports) await transport.close();
      await bus.close();
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
