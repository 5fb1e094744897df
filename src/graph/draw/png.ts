/** SVG to PNG, by the optional package `@resvg/resvg-js`. */

import { MissingDependencyError } from "../../errors.js";
import { strokePath } from "./stroke-letters.js";

/** Viewers and forges refuse larger pictures. */
const mostPixels = 8000;
/** Small pictures are made sharper than a screen would show them. */
const sharpness = 2;

type Resvg = Pick<typeof import("@resvg/resvg-js"), "Resvg">;

/**
 * The picture in PNG, at most 8,000 pixels wide and high. Text is written in the machine's fonts, or in plain strokes
 * where it has none.
 *
 * @param load gives the renderer.
 * @throws MissingDependencyError where it cannot be loaded.
 */
export async function pngOf(
  svg: string,
  load: () => Promise<Resvg> = () => import("@resvg/resvg-js"),
): Promise<Uint8Array> {
  const { Resvg } = await loaded(load);
  const drawn = hasFonts(Resvg) ? svg : withStrokes(svg);
  const { width, height } = new Resvg(drawn, { font: { loadSystemFonts: false } });
  const zoom = Math.min(sharpness, mostPixels / Math.max(width, height));
  return new Resvg(drawn, { fitTo: { mode: "zoom", value: zoom }, background: "white" }).render().asPng();
}

async function loaded(load: () => Promise<Resvg>): Promise<Resvg> {
  try {
    return await load();
  } catch (cause) {
    const instead = "draw an .svg, .dot or .mmd instead";
    throw new MissingDependencyError("@resvg/resvg-js", "Drawing a .png", instead, cause);
  }
}

/** Whether a letter leaves any trace. */
function hasFonts(Resvg: Resvg["Resvg"]): boolean {
  const letter = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="8">M</text></svg>';
  return new Resvg(letter).innerBBox() !== undefined;
}

const textElement =
  /<text [^>]*?\bx="([^"]*)" y="([^"]*)"[^>]*? font-size="([^"]*)"(?: fill="([^"]*)")?[^>]*>([^<]*)<\/text>/g;

/** The same picture, its text drawn as lines. Reads what Graphviz writes. */
export function withStrokes(svg: string): string {
  return svg.replaceAll(
    textElement,
    (_, x: string, y: string, size: string, colour: string | undefined, text: string) => {
      const path = strokePath(unescaped(text), Number(x), Number(y), Number(size));
      const width = (Number(size) / 12).toFixed(2);
      return (
        `<path d="${path}" fill="none" stroke="${colour ?? "black"}" stroke-width="${width}" ` +
        'stroke-linecap="round" stroke-linejoin="round"/>'
      );
    },
  );
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
    },
  );
}
