/**
 * Actors of this process that are at home with each other and on a bus at the same time: what goes to one of them goes
 * through memory, what goes to others over the bus. While the bus is away they go on among themselves.
 */

import type { Namespace } from "../../protocol/addresses.js";
import { MemoryBus } from "../../transport/memory/memory-bus.js";
import { RoutedPost } from "../../transport/routed-post.js";
import type { Transport } from "../../transport/transport.js";
import { BusNeighbourhood } from "./bus-neighbourhood.js";

export function joinHybrid(transport: Transport, space: Namespace): Promise<BusNeighbourhood> {
  const home = new MemoryBus();
  return BusNeighbourhood.join(transport, space, async () => {
    const memory = await home.connect();
    return new RoutedPost({ routes: [memory], fallback: transport, status: memory });
  });
}
