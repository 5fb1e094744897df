/** Sizes and times as people read them. */

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `1.5 GB`, `0 B`: three digits that count, powers of 1000 as `--memory-limit` takes them. */
export function shownBytes(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[unit]}`;
}

/** `0.42 ms`, `18 ms`, `3.1 s`. */
export function shownMs(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 9.995 ? 2 : 0)} ms`;
}

/** `1 worker`, `2 workers`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
