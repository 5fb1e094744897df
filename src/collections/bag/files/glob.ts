/**
 * Files by pattern. Within a path segment `*` is any text, `?` one character, `[a-z]` and `[!a-z]` one of a set;
 * a segment `**` is any number of directories; `{a,b}` is either. Names that begin with a dot are matched only by
 * segments that do; `**` does not follow links, so that circles of links end.
 */

import { readdirSync, statSync, type Dirent } from "node:fs";
import { isAbsolute, join, resolve, sep } from "node:path";
import { InvalidArgumentError } from "../../../errors.js";

/** The files that match, as absolute paths, sorted by code unit. A path that exists as it is written is itself. */
export function glob(pattern: string): string[] {
  if (isFile(pattern)) return [resolve(pattern)];
  const found = new Set<string>();
  for (const plain of expandBraces(pattern)) walk(plain, found);
  return [...found].sort();
}

/** `a{b,c}d` becomes `abd` and `acd`; braces nest. Braces without a comma, or without an end, are themselves. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [{ text: pattern, from: 0 }];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { text, from } = top;
    const begin = text.indexOf("{", from);
    const choices = begin < 0 ? undefined : choicesAt(text, begin);
    if (begin < 0) done.push(text);
    else if (choices === undefined) open.push({ text, from: begin + 1 });
    else {
      const { parts, end } = choices;
      for (const part of parts.reverse()) {
        open.push({ text: text.slice(0, begin) + part + text.slice(end), from: begin });
      }
    }
  }
  return done;
}

/** The alternatives of the brace at `begin`, and where the text goes on behind it. */
function choicesAt(text: string, begin: number): { parts: string[]; end: number } | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = begin + 1;
  for (let i = begin; i < text.length; i++) {
    const c = text[i];
    if (c === "{") depth++;
    else if (c === "}" && --depth === 0) {
      parts.push(text.slice(from, i));
      return parts.length > 1 ? { parts, end: i + 1 } : undefined;
    } else if (c === "," && depth === 1) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return undefined;
}

function walk(pattern: string, found: Set<string>): void {
  const absolute = isAbsolute(pattern) ? pattern : join(resolve(), pattern);
  const segments = absolute.split(sep === "/" ? "/" : /[\\/]/).filter((s, i) => s !== "" || i === 0);
  if (segments.at(-1) === "**") segments.push("*");
  const matchers = segments.map(matcherOf);
  const open: { directory: string; at: number }[] = [{ directory: (segments[0] ?? "") + sep, at: 1 }];
  const seen = new Set<string>();
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { directory, at } = top;
    const visit = `${at}:${directory}`;
    if (seen.has(visit)) continue;
    seen.add(visit);
    const segment = segments[at] as string;
    const last = at === segments.length - 1;
    const matcher = matchers[at];
    if (segment === "**") {
      open.push({ directory, at: at + 1 });
      for (const entry of entriesOf(directory)) {
        if (entry.isDirectory() && !entry.name.startsWith("."))
          open.push({ directory: join(directory, entry.name), at });
      }
      continue;
    }
    const names =
      matcher === undefined
        ? [segment]
        : entriesOf(directory)
            .map(({ name }) => name)
            .filter((name) => matcher.test(name));
    for (const name of names) {
      const path = join(directory, name);
      if (!last) open.push({ directory: path, at: at + 1 });
      else if (isFile(path)) found.add(path);
    }
  }
}

/** A test for one segment; none for a segment without special characters. @throws InvalidArgumentError */
export function matcherOf(segment: string): RegExp | undefined {
  if (!/[*?[]/.test(segment)) return undefined;
  let source = segment.startsWith(".") ? "" : "(?!\\.)";
  for (let i = 0; i < segment.length; i++) {
    const c = segment[i] as string;
    const end = c === "[" ? segment.indexOf("]", i + (segment[i + 1] === "!" ? 3 : 2)) : -1;
    if (end > 0) {
      const negated = segment[i + 1] === "!";
      const set = segment.slice(i + (negated ? 2 : 1), end).replaceAll(/[\\\]^[]/g, "\\$&");
      source += `[${negated ? "^" : ""}${set}]`;
      i = end;
    } else if (c === "*") source += ".*";
    else if (c === "?") source += ".";
    else source += c.replaceAll(/[\\^$.|+()[\]{}/]/g, "\\$&");
  }
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    throw new InvalidArgumentError(
      `The pattern ${JSON.stringify(segment)}`,
      "it has a set of characters that cannot be",
      "Write ranges from the lower to the higher character, such as [a-z].",
    );
  }
}

function entriesOf(directory: string): Dirent[] {
  return ifThere(() => readdirSync(directory, { withFileTypes: true })) ?? [];
}

function isFile(path: string): boolean {
  return ifThere(() => statSync(path))?.isFile() === true;
}

/** What `look` gives, unless there is nothing at the path it looks at, or nothing can be. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (nothingThere.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

const nothingThere: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);
