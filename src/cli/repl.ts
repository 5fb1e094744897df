/** `skein repl`: a prompt where everything Skein exports is at hand, and lazy values are computed and shown. */

import { homedir } from "node:os";
import { join } from "node:path";
import { start, type REPLEval, type REPLServer } from "node:repl";
import { inspect } from "node:util";
import { Command, Option } from "commander";
import { compute } from "../client/compute.js";
import { isCollection } from "../collections/collection.js";
import { SkeinError } from "../errors.js";
import { errorReport } from "./error-report.js";
import { applySettings, withSettings } from "./flags.js";
import { moduleUrl } from "./installation.js";

export function replCommand(): Command {
  const command = new Command("repl")
    .summary("try things out at a prompt")
    .description(
      "A prompt with everything that `skein` exports at hand, and await at the top level. A lazy value that is " +
        "typed is computed and shown; Ctrl-C stops the computation.",
    )
    .addOption(
      new Option("--history <file>", "Where lines typed are kept.")
        .env("SKEIN_REPL_HISTORY")
        .default(join(homedir(), ".skein_repl_history"), "~/.skein_repl_history"),
    )
    .addHelpText(
      "after",
      `
Example:
  $ skein repl
  skein> const inc = delayed((x) => x + 1)
  skein> inc(inc(1))
  3`,
    );
  return withSettings(command).action(
    async (flags: { readonly history: string } & Record<string, unknown>) => {
      applySettings(flags);
      const server = await startRepl();
      if (server.terminal) await keepHistory(server, flags.history);
      await new Promise<void>((resolve) => void server.once("exit", resolve));
    },
  );
}

async function startRepl(): Promise<REPLServer> {
  const names = (await import(moduleUrl("index"))) as Readonly<Record<string, unknown>>;
  // In a context of its own, literals typed would have prototypes of their own and not count as plain objects.
  const server = start({ prompt: "skein> ", useGlobal: true });
  Object.assign(globalThis, names);
  computeLazies(server);
  return server;
}

/**
 * Lets the prompt wait for the value of a lazy value that an input gives. Inputs that come meanwhile, as they do
 * from a pipe, wait for their turn.
 */
function computeLazies(server: REPLServer): void {
  const evaluate = server.eval.bind(server);
  let computing: AbortController | undefined;
  server.on("SIGINT", () => computing?.abort(new Error("interrupted")));

  // Boxed, since a promise that is typed is shown as a promise, not waited for.
  const evaluated = (...[code, context, file]: Parameters<REPLEval>): Promise<{ readonly value: unknown }> =>
    new Promise((resolve, reject) => {
      evaluate.call(server, code, context, file, (error, value: unknown) => {
        if (error === null) resolve({ value });
        else reject(error);
      });
    });
  const finished = async ({ value }: { readonly value: unknown }): Promise<{ readonly value: unknown }> => {
    if (!isCollection(value)) return { value };
    computing = new AbortController();
    return { value: await compute(value, { signal: computing.signal }) };
  };
  const answer = async (...input: Parameters<REPLEval>): Promise<void> => {
    const [, , , callback] = input;
    let outcome: { readonly error: Error | null; readonly value?: unknown };
    try {
      outcome = { error: null, ...(await finished(await evaluated(...input))) };
    } catch (error) {
      outcome = { error: briefly(error) };
    }
    callback(outcome.error, outcome.value);
  };
  let last = Promise.resolve();
  const evaluateAndCompute: REPLEval = (...input) => {
    last = last.then(() => answer(...input));
  };
  Object.assign(server, { eval: evaluateAndCompute });
}

/** The error, shown at the prompt as short as by `skein run`. */
function briefly(error: unknown): Error {
  if (!(error instanceof SkeinError)) return error as Error;
  const report = errorReport(error, { verbose: false, places: true, directory: process.cwd() });
  return Object.defineProperty(error, inspect.custom, { value: () => report });
}

async function keepHistory(server: REPLServer, file: string): Promise<void> {
  await new Promise<void>((resolve) => {
    server.setupHistory(file, (error) => {
      if (error !== null) console.error(`The history cannot be kept in ${file}: ${error.message}`);
      resolve();
    });
  });
}
