/**
 * How each room reads its part of the configuration: a zod schema in, either the typed value or all problems at
 * once out. Where a problem stands in the file is added by `hub/config`, which knows lines and columns.
 */
import { z } from "zod";

/** One thing wrong with the configuration. */
export interface ConfigProblem {
  /** The way to the offending value, e.g. `["devices", 0, "tags", 3, "at"]`. */
  readonly path: readonly (string | number)[];
  /** What was found, what is allowed. */
  readonly message: string;
}

/** Where the configuration stands: files that it names are seen from there. */
export interface ConfigPlace {
  readonly folder: string;
}

/** Everything wrong with one part of the configuration. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

/** `devices[0].tags[3].at: too big`. */
export function describeProblem(problem: ConfigProblem): string {
  const path = problem.path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join("");
  return path === "" ? problem.message : `${path}: ${problem.message}`;
}

/**
 * The value as `schema` sees it.
 * @throws {ConfigError} with every problem.
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap((issue) => problemsOf(issue, input)));
}

/** As `parseWith`, for one who goes on with the rest: the value, or every problem. */
export function tryParse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): { readonly value?: z.output<Schema>; readonly problems: readonly ConfigProblem[] } {
  try {
    return { value: parseWith(schema, input), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration with a unit (`250ms`, `5s`, `2m`, `1h`, `7d`) as milliseconds. */
export const durationMs: z.ZodType<number, string> = z
  .string({ error: ({ input }) => noDuration(input) })
  .transform((text, context) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
    const unit = UNIT_MS[match?.[2] ?? ""];
    if (match === null || unit === undefined) {
      context.addIssue(noDuration(text));
      return z.NEVER;
    }
    return Number(match[1]) * unit;
  });

function noDuration(found: unknown): string {
  return `${JSON.stringify(found)} is not a duration; write a number with a unit, e.g. 250ms, 5s, 2m`;
}

/**
 * An object of the configuration file that refuses keys it does not know, and says which it does.
 * Use it instead of `z.strictObject`.
 */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, known)).join("\n")
        : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const wanted = key.toLowerCase();
  const near = known
    .map((name) => ({ name, steps: distance(name.toLowerCase(), wanted) }))
    .filter(({ steps }) => steps <= 2)
    .toSorted((a, b) => a.steps - b.steps)[0]?.name;
  const hint = near === undefined ? `allowed here: ${known.join(", ")}` : `did you mean "${near}"?`;
  return `unknown key "${key}"; ${hint}`;
}

/** How many letters must be added, removed or replaced to get from `a` to `b` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): readonly ConfigProblem[] {
  const path = issue.path.filter((step) => typeof step !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\n");
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? `unknown key "${key}"`,
    }));
  }
  if (issue.code === "invalid_type" && issue.input === undefined && input !== undefined) {
    return [{ path, message: `is missing; expected ${issue.expected}` }];
  }
  return [{ path, message: withFound(issue) }];
}

const SECRET = /password|passphrase|secret|token/i;

/** Zod's own messages say what is allowed and not what stands there; a secret stays one. */
function withFound({ message, input, path }: z.core.$ZodIssue): string {
  if (SECRET.test(String(path.at(-1)))) return message;
  const isShort =
    typeof input === "string" || typeof input === "number" || typeof input === "boolean";
  const isZods = /^(Invalid|Too (big|small))/.test(message);
  return isZods && isShort ? `${message}; found ${JSON.stringify(input)}` : message;
}
