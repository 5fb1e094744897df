/**
 * How the modules of users are found, jobs and task modules, on top of what Node and tsx do. Runs in the loader's
 * thread, or, from Node 22 on, in the one that imports, as tsx does.
 *
 * - `skein` is this installation, wherever the module lies: what it imports is what runs it.
 * - A file in a package that does not say which kind of modules it has is an ES module when it is TypeScript, or
 *   imports or exports as one, so that it may await at its top level; tsx would take it for CommonJS.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}

type Next<R> = (specifier: string, context: unknown) => R;

/** What was given to `initialize`. */
const home: { skein: string } = { skein: "" };

/** For the loader's thread. `skein` is the URL of this installation's public face. */
export function initialize(data: { readonly skein: string }): void {
  home.skein = data.skein;
}

/** For the loader's thread. */
export async function resolve(
  specifier: string,
  context: unknown,
  next: Next<Promise<Resolved>>,
): Promise<Resolved> {
  return own(specifier, home.skein) ?? decided(await next(specifier, context));
}

/** For the thread that imports, where Node has hooks there. `skein` is as for `initialize`. */
export function resolveHere(
  skein: string,
): (specifier: string, context: unknown, next: Next<Resolved>) => Resolved {
  return (specifier, context, next) => own(specifier, skein) ?? decided(next(specifier, context));
}

function own(specifier: string, skein: string): Resolved | undefined {
  return specifier === "skein" ? { url: skein, format: "module", shortCircuit: true } : undefined;
}

function decided(resolved: Resolved): Resolved {
  if (resolved.format !== "commonjs" || !resolved.url.startsWith("file:")) return resolved;
  // For a module that it takes for CommonJS, tsx asks for its exports by a query in the URL.
  const url = resolved.url.replace(/(\?|%3F).*/i, "");
  const path = fileURLToPath(url);
  const undecided = /\.tsx?$/.test(path) || (path.endsWith(".js") && looksLikeModule(path));
  return undecided && !saysCommonJs(path) ? { ...resolved, url, format: "module" } : resolved;
}

function looksLikeModule(path: string): boolean {
  return /^\s*(import[\s{*"']|export[\s{*])/m.test(readFileSync(path, "utf8"));
}

/** Whether the nearest package.json says `"type": "commonjs"`, or the file is part of an installed package. */
function saysCommonJs(path: string): boolean {
  if (/[\\/]node_modules[\\/]/.test(path)) return true;
  let folder = dirname(path);
  for (;;) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      return (JSON.parse(readFileSync(file, "utf8")) as { type?: unknown }).type === "commonjs";
    }
    const above = dirname(folder);
    if (above === folder) return false;
    folder = above;
  }
}
