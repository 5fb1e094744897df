/** What the contract is held against: a bus, and what it can do. */

import type { Transport } from "../../transport/transport.js";

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
