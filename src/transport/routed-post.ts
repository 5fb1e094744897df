/**
 * One post made of several. A mailbox is open on all of them at once; a parcel goes by the first route that reaches
 * its address now, and by the fallback when none does.
 *
 * - Order holds on each route. Where a conversation changes from one to another, what follows may overtake, and what
 *   was under way on a route that broke is lost: the links' numbers see to both.
 * - One of the posts lends its status to the whole. Posts that come and go beside it are not noticed: peers that only
 *   they reached are given up by their silence.
 *   - Workers in this process and on a bus: the status is that of the bus at home, so that conversations at home go
 *     on while the other one is down.
 *   - Direct connections beside a bus: the status is the bus's. A direct connection that breaks is no matter of
 *     status, its parcels go by the bus again.
 * - That nobody is at an address is believed of the fallback alone, and only while no route reaches that address: a
 *   route that has lost an address merely does not know where it is now.
 */

import { isNotConnected } from "../errors.js";
import type { Mailbox, MailboxReader, Post, PostStatus } from "./transport.js";

/** A post that knows which addresses it can deliver to. */
export interface Route extends Post {
  /** Whether what the mailbox at `from` sends to `to` now is delivered there, as far as the route can know. */
  reaches(to: string, from: string): boolean;
  /** Something was sent that the route did not reach; it may see to it that it will. Called for each such parcel. */
  prepare?(to: string, from: string): void;
}

export interface RoutedPostOptions {
  /** In the order in which they are tried. */
  readonly routes: readonly Route[];
  /** Takes what no route reaches. */
  readonly fallback: Post;
  /** The one of them whose status is that of the whole. */
  readonly status: Post;
}

export class RoutedPost implements Post {
  /** What every one of them takes, since any parcel may go by any of them. */
  readonly limits: { readonly parcelBytes: number };
  readonly #routes: readonly Route[];
  readonly #fallback: Post;
  readonly #lead: Post;

  constructor({ routes, fallback, status }: RoutedPostOptions) {
    this.#routes = routes;
    this.#fallback = fallback;
    this.#lead = status;
    this.limits = {
      parcelBytes: Math.min(...[...routes, fallback].map(({ limits }) => limits.parcelBytes)),
    };
  }

  get status(): PostStatus {
    return this.#lead.status;
  }

  watch(listener: (status: PostStatus) => void): () => void {
    return this.#lead.watch(listener);
  }

  sharesMemory(from: string, to: string): boolean {
    return this.#way(from, to).sharesMemory?.(from, to) ?? false;
  }

  streams(from: string, to: string): boolean {
    return this.#way(from, to).streams?.(from, to) ?? false;
  }

  #way(from: string, to: string): Post {
    return this.#routes.find((each) => each.reaches(to, from)) ?? this.#fallback;
  }

  /**
   * Opens the mailbox everywhere. A post that is down and does not lend its status is not waited for: its mailbox is
   * opened when it is back.
   */
  async mailbox(address: string, reader: MailboxReader): Promise<Mailbox> {
    const box = new RoutedMailbox(address, this.#routes, this.#fallback);
    try {
      await Promise.all([
        ...this.#routes.map((route) => this.#open(box, route, { onParcel: (each) => reader.onParcel(each) })),
        this.#open(box, this.#fallback, {
          onParcel: (each) => reader.onParcel(each),
          onNobody: (to) => {
            if (!box.isReached(to)) reader.onNobody?.(to);
          },
        }),
      ]);
    } catch (error) {
      await box.close();
      throw error;
    }
    return box;
  }

  async #open(box: RoutedMailbox, post: Post, reader: MailboxReader): Promise<void> {
    if (post === this.#lead) await box.open(post, reader);
    else await box.openWhenUp(post, reader);
  }
}

class RoutedMailbox implements Mailbox {
  readonly address: string;
  readonly #routes: readonly Route[];
  readonly #fallback: Post;
  readonly #boxes = new Map<Post, Mailbox>();
  readonly #unwatch = new Set<() => void>();
  #isClosed = false;

  constructor(address: string, routes: readonly Route[], fallback: Post) {
    this.address = address;
    this.#routes = routes;
    this.#fallback = fallback;
  }

  /** Whether a route, and not the fallback, would take a parcel to this address. */
  isReached(to: string): boolean {
    return this.#routes.some((route) => this.#boxes.has(route) && route.reaches(to, this.address));
  }

  send(to: string, parcel: Parameters<Mailbox["send"]>[1]): boolean {
    for (const route of this.#routes) {
      const box = this.#boxes.get(route);
      if (box === undefined) continue;
      if (route.reaches(to, this.address)) return box.send(to, parcel);
      route.prepare?.(to, this.address);
    }
    return this.#boxes.get(this.#fallback)?.send(to, parcel) ?? false;
  }

  async open(post: Post, reader: MailboxReader): Promise<void> {
    const box = await post.mailbox(this.address, reader);
    if (this.#isClosed) await box.close();
    else this.#boxes.set(post, box);
  }

  /**
   * Opens it on a post that is up, or as soon as it is. Resolves when it is open, or when the post is found to be down;
   * rejects when it is refused before.
   */
  openWhenUp(post: Post, reader: MailboxReader): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOpening = false;
      const attempt = (): void => {
        if (isOpening || this.#isClosed) return;
        isOpening = true;
        this.open(post, reader).then(
          () => {
            this.#forget(unwatch);
            resolve();
          },
          (error: unknown) => {
            // It went down meanwhile: the next `connected` is the next chance.
            isOpening = false;
            if (isNotConnected(error)) resolve();
            else reject(error as Error);
          },
        );
      };
      const unwatch = post.watch((status) => {
        if (status === "connected") attempt();
        else resolve();
      });
      this.#unwatch.add(unwatch);
      if (post.status === "connected") attempt();
      else resolve();
    });
  }

  #forget(unwatch: () => void): void {
    unwatch();
    this.#unwatch.delete(unwatch);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const unwatch of this.#unwatch) this.#forget(unwatch);
    await Promise.all([...this.#boxes.values()].map((box) => box.close()));
    this.#boxes.clear();
  }
}
