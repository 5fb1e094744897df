/** Posts of actors that fetch values from each other by TCP where both sides can, and over the bus where not. */

import type { Post } from "../../actors/runtime/post.js";
import { sharedName, type Namespace } from "../../protocol/addresses.js";
import type { DirectPost } from "../../transport/direct/direct-post.js";
import type { ListenOptions } from "../../transport/direct/listen.js";
import { RoutedPost, type Route } from "../../transport/routed-post.js";
import type { Transport } from "../../transport/transport.js";
import type { Posts } from "./neighbourhood.js";

export class DirectPosts implements Posts {
  /** What goes by TCP; a route beside others. */
  readonly route: Route;
  readonly #direct: DirectPost;
  readonly #bus: Transport;

  private constructor(direct: DirectPost, bus: Transport) {
    this.route = direct;
    this.#direct = direct;
    this.#bus = bus;
  }

  /** @param listen where others may connect to; without it this side connects to others. @throws DataPortError */
  static async open(bus: Transport, space: Namespace, listen?: ListenOptions): Promise<DirectPosts> {
    const group = sharedName(space, "presence", "direct");
    // Loaded by those who are on a bus and do not leave it at that.
    const { DirectPost } = await import("../../transport/direct/direct-post.js");
    const direct = await DirectPost.start({ bus, group, ...(listen === undefined ? {} : { listen }) });
    return new DirectPosts(direct, bus);
  }

  /** The port it listens on, when it does. */
  get port(): number | undefined {
    return this.#direct.port;
  }

  make(): Promise<Post> {
    return Promise.resolve(
      new RoutedPost({ routes: [this.#direct], fallback: this.#bus, status: this.#bus }),
    );
  }

  giveBack(bytes: Uint8Array): void {
    this.#direct.giveBack(bytes);
  }

  close(): Promise<void> {
    return this.#direct.close();
  }
}
