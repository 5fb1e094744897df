/**
 * Colours that stay legible: all are chosen in OKLCH (lightness, chroma, hue as people see them; Björn Ottosson,
 * "A perceptual color space for image processing", 2020), so that equal steps look equal and the text's contrast
 * follows from the lightness alone.
 */

export interface Colour {
  readonly fill: string;
  readonly line: string;
  readonly text: string;
}

const darkText = "#000000";
const lightText = "#ffffff";

/** Of values that were given, and of what has no state. */
export const pale: Colour = { fill: "#f6f7f9", line: "#8b95a1", text: darkText };

/** A pale colour that depends on nothing but the name. */
export function colourOfName(name: string): Colour {
  const hash = hashOf(name);
  // Twenty hues, each in two strengths.
  const hue = (hash % 20) * 18;
  return colourAt((hash >>> 8) % 2 === 0 ? 0.92 : 0.84, (hash >>> 8) % 2 === 0 ? 0.055 : 0.085, hue);
}

/** From dark violet (0) through blue and green to yellow (1). */
export function colourOfPlace(place: number): Colour {
  return colourAt(0.32 + 0.6 * place, 0.13, 300 - 200 * place);
}

const states: Readonly<Record<string, Colour>> = {
  released: colourAt(0.93, 0.01, 250),
  waiting: colourAt(0.9, 0.05, 250),
  pending: colourAt(0.9, 0.05, 250),
  queued: colourAt(0.86, 0.08, 250),
  ready: colourAt(0.86, 0.08, 250),
  processing: colourAt(0.87, 0.13, 95),
  running: colourAt(0.87, 0.13, 95),
  memory: colourAt(0.82, 0.12, 150),
  finished: colourAt(0.82, 0.12, 150),
  erred: colourAt(0.7, 0.16, 25),
  error: colourAt(0.7, 0.16, 25),
  lost: colourAt(0.5, 0.14, 25),
  cancelled: colourAt(0.75, 0.02, 250),
  forgotten: colourAt(0.75, 0.02, 250),
};

/** Blue waits, yellow runs, green is there, red has failed; any other state has the colour of its name. */
export function colourOfState(state: string | undefined): Colour {
  if (state === undefined) return pale;
  return Object.hasOwn(states, state) ? (states[state] as Colour) : colourOfName(state);
}

function colourAt(lightness: number, chroma: number, hue: number): Colour {
  const fill = oklch(lightness, chroma, hue);
  return {
    fill: toHex(fill),
    line: toHex(oklch(Math.max(0.2, lightness - 0.34), chroma * 1.2, hue)),
    // The luminance from which black stands out better than white: the contrast is never below 4.58.
    text: luminance(fill) > 0.179 ? darkText : lightText,
  };
}

/** FNV-1a over UTF-16 units, its bits mixed once more so that names that differ in one letter lie apart. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Linear red, green and blue; what sRGB cannot show is clipped. */
type Light = readonly [red: number, green: number, blue: number];

function oklch(lightness: number, chroma: number, hue: number): Light {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    clipped(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clipped(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clipped(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function clipped(part: number): number {
  return Math.min(1, Math.max(0, part));
}

function luminance([red, green, blue]: Light): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function toHex(light: Light): string {
  const bytes = light.map((part) =>
    Math.round(255 * (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055)),
  );
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
