/** The project's Markdown pages, and the code blocks and links inside them. */

import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

export interface Block {
  /** Relative to the root, such as `docs/graphs.md`. */
  readonly page: string;
  /** The line of the block's first line of code, counted from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language on the fence's line. */
  readonly flags: readonly string[];
  readonly code: string;
}

export interface Link {
  readonly page: string;
  readonly line: number;
  readonly target: string;
}

/** README, CONTRIBUTING, CHANGELOG and everything below docs. */
export function pages(): string[] {
  const inDocs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map(
    (file) => `docs/${file}`,
  );
  const atRoot = readdirSync(root);
  return [...atRoot, ...inDocs.toSorted()].filter((file) => file.endsWith(".md"));
}

const fence = /^\s*```(\S*)\s*(.*)$/;

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(join(root, page), "utf8").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const [, language = "", flags = ""] = fence.exec(lines[i] ?? "") ?? [];
    if (language === "") continue;
    const end = lines.findIndex((line, at) => at > i && line.trim() === "```");
    if (end === -1) throw new Error(`${page}:${i + 1}: this code block does not end`);
    const code = lines.slice(i + 1, end).join("\n");
    blocks.push({ page, line: i + 2, language, flags: flags.split(/\s+/).filter(Boolean), code });
    i = end;
  }
  return blocks;
}

/** Links of running text; what looks like one inside code is none. */
export function linksOf(page: string): Link[] {
  const links: Link[] = [];
  let inside = false;
  for (const [i, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    if (line.trim().startsWith("```")) inside = !inside;
    if (inside) continue;
    for (const [, target = ""] of line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      links.push({ page, line: i + 1, target });
    }
  }
  return links;
}

/** The anchors that GitHub makes of a page's headings. */
export function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(join(root, page), "utf8").matchAll(/^#+\s+(.*)$/gm);
  return new Set(
    [...headings].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(/\s/g, "-"),
    ),
  );
}
