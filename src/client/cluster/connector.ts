/**
 * How `Client.connect` reaches a bus: told to it by the public face, so that clients themselves know no transport,
 * and the threads that only run tasks load none.
 */

import type { BusOptions } from "../bus/bus-options.js";
import type { Connection } from "./connection.js";

type Connect = (where: string | BusOptions) => Promise<Connection>;

// Set once, when the library is loaded.
let connect: Connect | undefined;

export function installConnector(connector: Connect): void {
  connect = connector;
}

export function connectOnBus(where: string | BusOptions): Promise<Connection> {
  return (connect as Connect)(where);
}
