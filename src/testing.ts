/** `skein/testing`: whole clusters simulated from a seed, and the contract of transports. */

export { SimulatedCluster } from "./testing/simulated-cluster.js";
export type { SimulationResult } from "./testing/simulated-cluster.js";
export type { SimulationOptions } from "./testing/simulation/options.js";
export type { FaultName, Faults } from "./testing/simulation/faults.js";
export { transportContract } from "./testing/transport-contract.js";
export type { ContractBus, ContractCapabilities } from "./testing/contract/bus.js";
export { VirtualClock } from "./testing/virtual-clock.js";
export type { Transport } from "./transport/transport.js";
