/** Code blocks of the documentation that tests do as they say. */

import { blocksOf } from "../docs/markdown.js";

/** The only block of that language on a page. */
export function onlyBlock(page: string, language: string): string {
  const found = blocksOf(page).filter((block) => block.language === language);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${page} has ${found.length} blocks of ${language}, and a test wants one`);
  return found[0].code;
}
