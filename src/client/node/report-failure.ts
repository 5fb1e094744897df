/** An actor of this process has failed: a fault of the library, said once and loudly. */

export function reportFailure(actor: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error ${actor}: it failed and was stopped. Please report this: ${text}\n`);
}
