/**
 * Writes values as text and hashes the text, without recursion.
 *
 * From the leaves up: a container's text is its head and its parts' texts; a text that grows long is replaced by its
 * digest, so that work and memory stay linear however deep the nesting and however often a part is shared. A part's
 * text depends on nothing outside it, which is what lets Sets and Maps be sorted, and equal parts be equal.
 *
 * That does not work for a value that leads into a cycle, whose text would never end. Such values are found on the
 * way ("endless" frames) and written in a second walk, from the root down, where each gets a number when first met
 * and is only referred to by it after that.
 */

import { TokenizeError } from "../../errors.js";
import { digestOf, TextDigest } from "./digest.js";
import { primitiveForm, Unstable, type Parts } from "./form.js";
import { frameOf, type Frame } from "./frame.js";
import { objectForm } from "./object-form.js";
import { pathTo } from "./path.js";

/** Longer texts are replaced by their digest. */
const longestText = 96;
/** Longer texts are hashed in pieces while they are written. */
const pieceLength = 1 << 16;

export class TokenWriter {
  /** The text of what is finished; the frame of what is not, or never will be because it is endless. */
  readonly #known = new Map<object, string | Frame>();
  readonly #stack: Frame[] = [];

  token(values: readonly unknown[]): string {
    const root = frameOf(values, { head: `skein 1 ${values.length}:`, parts: values, steps: "arguments" });
    this.#stack.push(root);
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      if (top.at < top.form.parts.length) this.#part(top, top.form.parts[top.at++]);
      else this.#finish(top);
    }
    if (root.endless) return this.#writeLinked(root.form);
    return digestOf(this.#known.get(values) as string);
  }

  #part(holder: Frame, part: unknown): void {
    if ((typeof part !== "object" && typeof part !== "function") || part === null) {
      const form = primitiveForm(part);
      if (form instanceof Unstable) throw this.#error(form);
      add(holder, form);
      return;
    }
    const known = this.#known.get(part);
    if (typeof known === "string") add(holder, known);
    else if (known !== undefined) holder.endless = true;
    else this.#open(holder, part);
  }

  #open(holder: Frame, part: object): void {
    const form = objectForm(part);
    if (form instanceof Unstable) throw this.#error(form);
    if (typeof form === "string") {
      const text = shortened(form);
      this.#known.set(part, text);
      add(holder, text);
    } else {
      const frame = frameOf(part, form);
      this.#known.set(part, frame);
      this.#stack.push(frame);
    }
  }

  #finish(frame: Frame): void {
    this.#stack.pop();
    const holder = this.#stack.at(-1);
    if (frame.endless) {
      frame.texts = [];
      if (holder !== undefined) holder.endless = true;
      return;
    }
    const text = closed(frame);
    this.#known.set(frame.value, text);
    if (holder !== undefined) add(holder, text);
  }

  /** The walk from the root down, over endless values only; all others have their text already. */
  #writeLinked(root: Parts): string {
    const digest = new TextDigest();
    const numbers = new Map<object, number>();
    const stack = [{ form: root, at: 0 }];
    digest.update(`@${root.head}`);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.at === top.form.parts.length) {
        stack.pop();
        continue;
      }
      const part = top.form.parts[top.at++];
      const known = this.#known.get(part as object) ?? (primitiveForm(part) as string);
      if (typeof known === "string") {
        digest.update(known);
        continue;
      }
      const number = numbers.get(known.value);
      if (number !== undefined) {
        digest.update(`^${number};`);
        continue;
      }
      numbers.set(known.value, numbers.size);
      digest.update(`@${known.form.head}`);
      stack.push({ form: known.form, at: 0 });
    }
    return digest.finish();
  }

  #error({ what, remedy }: Unstable): TokenizeError {
    return new TokenizeError(pathTo(this.#stack), what, remedy);
  }
}

function add(frame: Frame, text: string): void {
  frame.texts.push(text);
  frame.length += text.length;
  if (frame.length < pieceLength || typeof frame.form.steps !== "string" || frame.form.steps.length === 3)
    return;
  flush(frame);
}

function flush(frame: Frame): TextDigest {
  const { digest = new TextDigest(), texts } = frame;
  if (frame.digest === undefined) digest.update(frame.form.head);
  digest.update(texts.join(""));
  frame.digest = digest;
  frame.texts = [];
  frame.length = 0;
  return digest;
}

function closed(frame: Frame): string {
  const { form } = frame;
  if (form.steps === "set") frame.texts.sort();
  else if (form.steps === "map") frame.texts = sortedPairs(frame.texts);
  if (frame.digest === undefined && form.head.length + frame.length <= longestText) {
    return form.head + frame.texts.join("");
  }
  return `#${flush(frame).finish()}`;
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `#${digestOf(text)}`;
}

function sortedPairs(texts: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let i = 0; i < texts.length; i += 2) pairs.push(`${texts[i]}${texts[i + 1]}`);
  return pairs.sort();
}
