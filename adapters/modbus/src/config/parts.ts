/** What the schemas of this room have in common. */
import { durationMs, type ConfigProblem } from "@unshub/adapter";
import { z } from "zod";

const DAY_MS = 86_400_000;

/** Milliseconds of a duration; timers end at 24.8 days. */
export const duration = (leastMs: number): z.ZodType<number, string> =>
  durationMs.refine((ms) => ms >= leastMs && ms <= DAY_MS, `must be ${leastMs}ms to 24h`);

/** A name that `problemOf` has nothing against. */
export const named = (problemOf: (name: string) => string | undefined): z.ZodType<string, string> =>
  z.string().superRefine((name, context) => {
    const problem = problemOf(name);
    if (problem !== undefined) context.addIssue(problem);
  });

/** Smallest and largest, both inclusive. */
export const range = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, "the first number must not be larger than the second");

/** Two different ends of a line. */
export const ends = z
  .tuple([z.number(), z.number()])
  .refine(([from, to]) => from !== to, "the two ends must differ");

/** A list of ranges of addresses, both ends inclusive. */
export const addressRanges = z.array(
  z
    .tuple([z.int().min(0).max(65_535), z.int().min(0).max(65_535)])
    .refine(([first, last]) => first <= last, "the first address must not be larger than the last"),
);

/** A problem of a part, as one of the whole in which the part stands at `prefix`. */
export const below =
  (prefix: readonly (string | number)[]) =>
  ({ path, message }: ConfigProblem): ConfigProblem => ({ path: [...prefix, ...path], message });
