/** Posts of actors that fetch values from each other by TCP where both sides can, and over the bus where not. */

import type { Post } from "../../actors/runtime/post.js";
import { sharedName, type Namespace } from "../../protocol/addresses.js";
import { DirectPost } from "../../transport/direct/direct-post.js";
import type { ListenOptions } from "../../transport/direct/listen.js";
import { RoutedPost } from "../../transport/routed-post.js";
import type { Transport } from "../../transport/transport.js";

export class DirectPlace {
  readonly makePost: () => Promise<Post>;
  readonly #direct: DirectPost;

  private constructor(direct: DirectPost, bus: Transport) {
    this.#direct = direct;
    this.makePost = () => Promise.resolve(new RoutedPost({ routes: [direct], fallback: bus, status: bus }));
  }

  /** @param listen where others may connect to; without it this side connects to others. @throws DataPortError */
  static async open(bus: Transport, space: Namespace, listen?: ListenOptions): Promise<DirectPlace> {
    const group = sharedName(space, "presence", "direct");
    const direct = await DirectPost.start({ bus, group, ...(listen === undefined ? {} : { listen }) });
    return new DirectPlace(direct, bus);
  }

  /** The port it listens on, when it does. */
  get port(): number | undefined {
    return this.#direct.port;
  }

  close(): Promise<void> {
    return this.#direct.close();
  }
}
