/** The stable form of functions: by where they live, by their name among the built-ins, or by their source. */

import { InvalidArgumentError } from "../../errors.js";
import { builtInName } from "../free-variables/built-in-names.js";
import { functionSource, isNative } from "../free-variables/function-source.js";
import { moduleReference, unwrapFunction, type AnyFunction } from "../functions.js";
import { stringForm, Unstable, type Form } from "./form.js";

export function functionForm(fn: AnyFunction): Form {
  const call = unwrapFunction(fn);
  const reference = moduleReference(fn) ?? moduleReference(call);
  if (reference !== undefined) return `m${stringForm(reference.module)}${stringForm(reference.name)}`;
  const builtIn = builtInName(call);
  if (builtIn !== undefined) return `g${stringForm(builtIn)}`;
  const name = fn.name === "" ? "it is an anonymous function" : `it is the function ${fn.name}`;
  if (isNative(call)) {
    return new Unstable(
      `${name}, bound or built in, which has no source`,
      "Use a function of your own around it.",
    );
  }
  try {
    const { source, captured } = functionSource(call);
    if (captured.length === 0) return `f${stringForm(source)}`;
    return new Unstable(
      `${name}, which uses ${captured.map((variable) => `\`${variable}\``).join(", ")} from outside itself`,
      "Pass what it uses as arguments, or move it into a task module with defineTask.",
    );
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return new Unstable(
      `${name}, whose source cannot be read`,
      "Move it into a task module with defineTask.",
    );
  }
}
