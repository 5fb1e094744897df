/**
 * Posts of actors that are at home with each other and on a bus at the same time: what goes to one of them goes through
 * memory, what goes to others over the bus, or by TCP. While the bus is away they go on among themselves.
 */

import type { Post } from "../../actors/runtime/post.js";
import { MemoryBus } from "../../transport/memory/memory-bus.js";
import { RoutedPost } from "../../transport/routed-post.js";
import type { Transport } from "../../transport/transport.js";
import type { DirectPosts } from "./direct-posts.js";
import type { Posts } from "./neighbourhood.js";

export class HybridPosts implements Posts {
  readonly #home = new MemoryBus();
  readonly #bus: Transport;
  readonly #direct: DirectPosts | undefined;

  constructor(bus: Transport, direct: DirectPosts | undefined) {
    this.#bus = bus;
    this.#direct = direct;
  }

  async make(): Promise<Post> {
    const memory = await this.#home.connect();
    const routes = this.#direct === undefined ? [memory] : [memory, this.#direct.route];
    return new RoutedPost({ routes, fallback: this.#bus, status: memory });
  }

  giveBack(bytes: Uint8Array): void {
    this.#direct?.giveBack(bytes);
  }
}
