/** This installation: where its files are, run from `src` or from `dist`. */

/** Whether the command runs from its TypeScript sources, so that a loader for those is there already. */
const isSource = import.meta.url.endsWith(".ts");

const extension = isSource ? "ts" : "js";

/** The URL of a module, given by its path below the installation's folder without the ending. */
export const moduleUrl = (path: string): string => new URL(`../${path}.${extension}`, import.meta.url).href;
