/**
 * The settings in force: defaults, then the nearest configuration file, then the environment.
 *
 * The file is looked for from the working directory upwards, once per directory; the environment is read at every
 * call, so that a program may set it for what it starts next.
 */

import { pathToFileURL } from "node:url";
import { lilconfig } from "lilconfig";
import { environmentSource, resolveConfig, type ConfigSource, type ResolvedConfig } from "../config.js";
import { ConfigError } from "../errors.js";

const configFileNames = [
  "skein.config.json",
  "skein.config.js",
  "skein.config.mjs",
  "skein.config.ts",
  "package.json",
] as const;

const files = new Map<string, Promise<ConfigSource | undefined>>();

/** Every setting with its value and where that came from. @throws ConfigError */
export async function settingsInForce(): Promise<ResolvedConfig> {
  const directory = process.cwd();
  let file = files.get(directory);
  if (file === undefined) {
    file = readConfigFile(directory);
    files.set(directory, file);
  }
  const source = await file;
  const environment = environmentSource(process.env);
  return resolveConfig(source === undefined ? [environment] : [source, environment]);
}

/**
 * What the nearest configuration file at or above `directory` says.
 *
 * @throws ConfigError when it cannot be read, or is no object.
 */
export async function readConfigFile(directory: string): Promise<ConfigSource | undefined> {
  let last = "configuration file";
  const load = (file: string): Promise<unknown> => {
    last = file;
    return importDefault(file);
  };
  const searcher = lilconfig("skein", {
    searchPlaces: [...configFileNames],
    loaders: {
      ".js": load,
      ".mjs": load,
      ".ts": load,
      ".json": (file, text) => {
        last = file;
        return JSON.parse(text) as unknown;
      },
    },
  });
  let found: Awaited<ReturnType<typeof searcher.search>>;
  try {
    found = await searcher.search(directory);
  } catch (error) {
    const problem = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError("the file", last, problem, "Mend or remove it.");
  }
  if (found === null || found.isEmpty === true) return undefined;
  const values: unknown = found.config;
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new ConfigError(
      "the file",
      found.filepath,
      "holds no object of settings",
      "`skein config` lists them.",
    );
  }
  const { filepath } = found;
  return { origin: () => filepath, values: values as Record<string, unknown> };
}

async function importDefault(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  if (!file.endsWith(".ts")) return ((await import(url)) as { default?: unknown }).default;
  // Loaded only for a TypeScript file: it costs more than everything else here.
  const { tsImport } = await import("tsx/esm/api");
  const exported = ((await tsImport(url, import.meta.url)) as { default?: unknown }).default;
  // In a package of CommonJS modules, what the file exports comes as its default.
  const wrapped = typeof exported === "object" && exported !== null && "__esModule" in exported;
  return wrapped ? (exported as { default?: unknown }).default : exported;
}
