/** A registration that came in pages, as one. */

import type { Register } from "../../../protocol/messages.js";

export function joinPages(pages: readonly Register[]): Register {
  const { more: _, ...last } = pages.at(-1) as Register;
  const gifts = pages.flatMap(({ gifts: page }) => [...(page ?? [])]);
  return {
    ...last,
    runs: Float64Array.from(pages.flatMap(({ runs }) => [...runs])),
    started: Uint8Array.from(pages.flatMap(({ started }) => [...started])),
    runKeys: pages.flatMap(({ runKeys }) => runKeys),
    values: Float64Array.from(pages.flatMap(({ values }) => [...values])),
    valueKeys: pages.flatMap(({ valueKeys }) => valueKeys),
    valueBytes: Float64Array.from(pages.flatMap(({ valueBytes }) => [...valueBytes])),
    ...(gifts.length === 0 ? {} : { gifts: Float64Array.from(gifts) }),
  };
}
