/**
 * Compose files as far as the project's use them: parsed, checked key by key, and their services run as processes of this
 * machine instead of containers.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { root } from "../docs/markdown.js";

const duration = z.string().regex(/^\d+(s|m)$/);
const words = z.array(z.string()).min(1);
const environment = z.record(z.string().regex(/^[A-Z_]+$/), z.string());

const healthcheck = z.union([
  z.strictObject({
    test: words.refine(([first]) => first === "CMD" || first === "CMD-SHELL"),
    interval: duration,
    timeout: duration,
    start_period: duration.optional(),
    retries: z.int().positive(),
  }),
  z.strictObject({ disable: z.literal(true) }),
]);

const service = z.strictObject({
  image: z.string().regex(/^[a-z]+:\d+\.\d+\.\d+(-alpine)?$/),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  hostname: z.string().optional(),
  entrypoint: words.optional(),
  command: words.optional(),
  environment,
  init: z.literal(true).optional(),
  restart: z.literal("unless-stopped").optional(),
  profiles: words.optional(),
  stop_grace_period: duration.optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal("service_healthy") })).optional(),
  volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro)?$/)).optional(),
  deploy: z
    .strictObject({
      replicas: z.int().positive(),
      resources: z.strictObject({ limits: z.strictObject({ memory: z.string().regex(/^\d+[MG]$/) }) }),
    })
    .optional(),
  healthcheck,
});

const composeFile = z.strictObject({
  "x-skein": z.unknown(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

export type Service = z.infer<typeof service>;
export type ComposeFile = z.infer<typeof composeFile>;

/** @throws ZodError for a key, or a form of value, that compose does not have or the project does not use. */
export function readCompose(file: string): ComposeFile {
  return composeFile.parse(parse(readFileSync(join(root, file), "utf8"), { merge: true }));
}

/** How a service would run in its container, and does here. */
export interface Runnable {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @param given the variables that whoever starts the file must set. */
export function runnable(
  of: Service,
  argv: readonly string[],
  given: Readonly<Record<string, string>>,
): Runnable {
  const filled = (text: string): string =>
    text
      .replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => {
        if (given[name] === undefined) throw new Error(`${name} must be set`);
        return given[name];
      })
      .replaceAll("$$", "$");
  return {
    words: argv.map(filled),
    env: Object.fromEntries(Object.entries(of.environment).map(([name, text]) => [name, filled(text)])),
  };
}

/** What a check of health runs. */
export function healthWords({ healthcheck: check }: Service): readonly string[] {
  if ("disable" in check) throw new Error("it has no health check");
  const [kind, ...rest] = check.test;
  return kind === "CMD" ? rest : ["/bin/sh", "-c", ...rest];
}

/** Runs it to its end. */
export function runNow({ words: [command = "", ...args], env }: Runnable): {
  code: number | null;
  output: string;
} {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return { code: status, output: `${stdout}${stderr}` };
}
