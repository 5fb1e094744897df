/**
 * A bus in memory, shared by the transports that connect to it: the twin of the real ones, and the bus of the
 * embedded cluster.
 *
 * Faults are put in by `faults` and by the transports' `disconnect`, `block` and their opposites: what a test does to a
 * real broker with a proxy or a signal.
 */

import { MemoryHub } from "./memory-hub.js";
import { MemoryTransport } from "./memory-transport.js";

export class MemoryBus extends MemoryHub {
  private connections = 0;

  connect(): Promise<MemoryTransport> {
    this.connections += 1;
    return Promise.resolve(new MemoryTransport(this, BigInt(this.connections)));
  }
}
