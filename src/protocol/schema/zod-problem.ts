/** What a zod schema has against a message, in one line; undefined when nothing. */

import type * as z from "zod";

export function problemOf(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  if (issue === undefined) return "it does not fit its schema";
  return `${issue.path.map(String).join(".") || "it"}: ${issue.message}`;
}
