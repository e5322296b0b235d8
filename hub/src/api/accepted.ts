/** Which of two forms whoever asks would rather have, by the q-values of `Accept`. */

/** One media range of `Accept`. */
interface Range {
  readonly type: string;
  /** What stands after the type, without `q`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0: not at all; 1: most welcome. */
  readonly q: number;
}

/** A media type with the one version that there is of it, as `application/openmetrics-text` and `1.0.0`. */
export interface Form {
  readonly type: string;
  readonly version: string;
}

/**
 * Whether `form` is asked for by its name, and at least as welcome as `usual`. An `Accept` that names neither, or is no
 * `Accept` at all, asks for the usual one.
 */
export function prefers(accept: string | undefined, form: Form, usual: Form): boolean {
  const ranges = (accept ?? "").split(",").map(rangeOf);
  const named = ranges.filter((range) => range.type === form.type && fits(range, form));
  const best = Math.max(0, ...named.map(({ q }) => q));
  return best > 0 && best >= welcome(ranges, usual);
}

/** How welcome a form is: what the most exact of the ranges says that it fits. */
function welcome(ranges: readonly Range[], form: Form): number {
  const [group = ""] = form.type.split("/");
  for (const type of [form.type, `${group}/*`, "*/*"]) {
    const fitting = ranges.filter((range) => range.type === type && fits(range, form));
    if (fitting.length > 0) return Math.max(...fitting.map(({ q }) => q));
  }
  return 0;
}

function fits({ parameters }: Range, { version }: Form): boolean {
  return (parameters.get("version") ?? version) === version;
}

function rangeOf(text: string): Range {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim().toLowerCase());
  const parameters = new Map(
    rest.map((part) => {
      const [name = "", value = ""] = part.split("=", 2);
      return [name.trim(), value.trim().replaceAll('"', "")];
    }),
  );
  const q = Number(parameters.get("q") ?? 1);
  parameters.delete("q");
  return { type, parameters, q: q >= 0 && q <= 1 ? q : 0 };
}
