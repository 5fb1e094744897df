/** Long lists of keys, said a page at a time. */

import { pageRows } from "../../protocol/limits.js";
import type { ClientToScheduler, Keep, Release, Retry, Want } from "../../protocol/messages.js";
import type { Wants } from "./wants.js";

/** A message for each page of the keys; none of none. */
export function pagesOf<M extends ClientToScheduler>(
  keys: readonly string[],
  message: (page: readonly string[], more: boolean) => M,
): M[] {
  if (keys.length > 0 && keys.length <= pageRows) return [message(keys, false)];
  const pages: M[] = [];
  for (let from = 0; from < keys.length; from += pageRows)
    pages.push(message(keys.slice(from, from + pageRows), from + pageRows < keys.length));
  return pages;
}

export function detachedPages(keys: readonly string[]): Want[] {
  return pagesOf(keys, (page) => ({ kind: "want", keys: page, detached: true }));
}

export function releasePages(nth: number, keys: readonly string[]): Release[] {
  return pagesOf(keys, (page, more) => ({ kind: "release", keys: page, nth, ...(more ? { more } : {}) }));
}

/** All that is wanted, and since when: what else the scheduler believes to be wanted is not, or not any more. */
export function keepPages(wants: Wants, nth: number): Keep[] {
  const all = wants.wantedThere();
  const keys = all.map(({ key }) => key);
  if (keys.length === 0) return [{ kind: "keep", keys, since: new Float64Array(), nth }];
  let from = 0;
  return pagesOf(keys, (page, more) => {
    const since = Float64Array.from(all.slice(from, (from += page.length)), (each) => each.since);
    return { kind: "keep", keys: page, since, nth, ...(more ? { more } : {}) };
  });
}

export function retryPages(nth: number, keys: readonly string[]): Retry[] {
  return pagesOf(keys, (page, more) => ({ kind: "retry", keys: page, nth, ...(more ? { more } : {}) }));
}

/**
 * All that is wanted, also when that is nothing: what the scheduler believes beyond it is out of date.
 *
 * @param withEnds says of which the end is known, too. After a reset the scheduler tells all of them again anyway.
 */
export function wantPages(wants: Wants, withEnds: boolean): Want[] {
  const all = wants.wantedThere();
  const pages: Want[] = [];
  let from = 0;
  do {
    const page = all.slice(from, from + pageRows);
    from += pageRows;
    pages.push({
      kind: "want",
      keys: page.map(({ key }) => key),
      all: true,
      ...(withEnds ? { settled: Uint8Array.from(page, (each) => (each.isSettledThere ? 1 : 0)) } : {}),
      ...(from < all.length ? { more: true } : {}),
    });
  } while (from < all.length);
  return pages;
}
