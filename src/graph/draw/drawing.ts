/** A drawing: boxes and arrows, before they are written in one of the languages of drawing programs. */

import type { Colour } from "./colour.js";
import type { Direction } from "./options.js";

/** `task`: a call; `data`: a value that was given; `alias`: another name; `group`: many tasks drawn as one. */
export type BoxShape = "task" | "data" | "alias" | "group";

export interface Box {
  /** Unique in the drawing, and what a pointer over the box shows. */
  readonly id: string;
  readonly lines: readonly string[];
  readonly shape: BoxShape;
  readonly colour: Colour;
  readonly isOutput: boolean;
}

export interface Arrow {
  /** The boxes' places in the drawing. */
  readonly from: number;
  readonly to: number;
  /** Order without data is drawn dashed. */
  readonly isControl: boolean;
  readonly label?: string;
}

/** Boxes and arrows are made while they are read, so that a drawing of a million costs no memory of its own. */
export interface Drawing {
  readonly title: string | undefined;
  readonly direction: Direction;
  /** The number of boxes. */
  readonly size: number;
  readonly idAt: (box: number) => string;
  readonly boxes: () => Iterable<Box>;
  readonly arrows: () => Iterable<Arrow>;
}
