/** Text encodings other than UTF-8. */

import { describe, InvalidArgumentError } from "../../../errors.js";
import { decodeUtf8, type Decode } from "./read-lines.js";

/** The encoding's standard name. @throws InvalidArgumentError for one that is unknown or cannot be cut at bytes. */
export function checkEncoding(label: unknown, where: string): string {
  const name = standardName(label);
  if (name === undefined) {
    throw new InvalidArgumentError(
      `${where}(…, { encoding })`,
      `got ${describe(label)}, which is no known encoding`,
      'Give a name such as "utf-8", "latin1" or "shift_jis".',
    );
  }
  // In these a byte 0x0a may be half a character, so lines cannot be found among bytes.
  if (name.startsWith("utf-16") || name === "iso-2022-jp") {
    throw new InvalidArgumentError(
      `${where}(…, { encoding })`,
      `files in ${name} cannot be split into lines by bytes`,
      "Convert them to UTF-8 first.",
    );
  }
  return name;
}

export function decoderOf(encoding: string): Decode {
  if (encoding === "utf-8") return decodeUtf8;
  const decoder = new TextDecoder(encoding);
  return (bytes, from, to) => decoder.decode(bytes.subarray(from, to));
}

function standardName(label: unknown): string | undefined {
  if (typeof label !== "string") return undefined;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
