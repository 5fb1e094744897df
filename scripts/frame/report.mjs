/** One line a step: what was done, and how long it took. Colours only where somebody sees them. */

export const coloured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

const green = paint(32);
const red = paint(31);
const dim = paint(2);

const seconds = (startedAt) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

function line(mark, title, detail, startedAt) {
  const time = startedAt === undefined ? "" : dim(`  ${seconds(startedAt)}`);
  console.log(`${mark} ${title.padEnd(18)} ${detail}${time}`);
}

export const passed = (title, detail, startedAt) => line(green("✓"), title, detail, startedAt);
export const failed = (title, detail, startedAt) => line(red("✗"), title, detail, startedAt);
export const note = (title, detail) => line(dim("·"), title, detail);
