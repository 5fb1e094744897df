/** Examines a bus: what it is, what it allows, how far away it is, and what it keeps. */

import { connectBus } from "../../../client/bus/connect-bus.js";
import type { BusPlace } from "../../../client/bus/bus-options.js";
import type { Role } from "../../../protocol/addresses.js";
import { shownUrl } from "../../../transport/connect-options.js";
import type { Transport, TransportLimits } from "../../../transport/transport.js";
import { advisoriesAsOf, advisoriesFor, type Advisory } from "./advisories.js";
import { brokerOf, type Broker } from "./broker.js";
import { durabilityOf, type Durability } from "./durability.js";
import { tryAll, type Trial } from "./trials.js";

/** What `skein doctor --json` prints. */
export interface Examination {
  readonly bus: string;
  readonly cluster: string;
  readonly broker: Broker;
  readonly advisories: { readonly asOf: string; readonly known: readonly Advisory[] };
  readonly limits: TransportLimits;
  /** The median time for a question to the broker and its answer. */
  readonly roundTripMs: number;
  readonly trials: readonly Trial[];
  /** For each role, what it lacks; an empty list: nothing. */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
  readonly durability: Durability;
}

const roundTrips = 11;

/**
 * @param role whose subjects answers are asked for on.
 * @throws BusUnreachableError, BusRefusedError when one may not even connect.
 */
export async function examine({ connection, space }: BusPlace, role: Role): Promise<Examination> {
  const troubles: Error[] = [];
  const transport = await connectBus(
    { name: "skein doctor", ...connection, onTrouble: (error) => troubles.push(error) },
    space,
    role,
  );
  try {
    const { journal, kind, version } = await brokerOf(transport, space);
    const roundTripMs = await roundTrip(transport);
    const trials = await tryAll(transport, space, troubles, journal);
    // Once more: the trials have made what was not there before.
    const broker = await brokerOf(transport, space);
    return {
      bus: shownUrl(connection.url),
      cluster: space.cluster,
      broker,
      advisories: { asOf: advisoriesAsOf[kind], known: advisoriesFor(kind, version) },
      limits: transport.limits,
      roundTripMs,
      trials,
      roles: {
        scheduler: lackOf("scheduler", trials),
        worker: lackOf("worker", trials),
        client: lackOf("client", trials),
      },
      durability: durabilityOf(broker),
    };
  } finally {
    await transport.close();
  }
}

/** What a broker does not have is done without. */
function lackOf(role: Role, trials: readonly Trial[]): string[] {
  return trials
    .filter(({ roles, outcome }) => roles.includes(role) && outcome !== "held" && outcome !== "missing")
    .map(({ what }) => what);
}

async function roundTrip(transport: Transport): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < roundTrips; i++) {
    const begunAt = performance.now();
    await transport.drain();
    times.push(performance.now() - begunAt);
  }
  return times.toSorted((a, b) => a - b)[(roundTrips - 1) / 2]!;
}
