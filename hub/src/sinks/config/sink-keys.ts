/** What every sink can be told, whatever its target: which values, in which portions, and how it tries again. */
import { durationMs, secret } from "@unshub/adapter";
import { z } from "zod";
import { pathFilter } from "../../path-filter.ts";

function within(least: number, most: number, words: string): z.ZodType<number, string> {
  return durationMs.refine((ms) => ms >= least && ms <= most, `must be ${words}`);
}

export const everySink = {
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][\w.-]{0,63}$/,
      "use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first",
    ),
  filter: z.array(pathFilter).min(1, "name at least one filter, or leave it out").default(["#"]),
  /** Rows of one write at most, and how long they gather at most. */
  rows: z.int().min(1).max(20_000).default(5000),
  every: within(10, 60_000, "10ms to 1m").default(1000),
  /** The first pause after a failed write, and the longest. */
  retryAfter: within(10, 60_000, "10ms to 1m").default(1000),
  retryAtMost: within(10, 3_600_000, "10ms to 1h").default(60_000),
  /** A write that takes longer has failed. */
  timeout: within(100, 600_000, "100ms to 10m").default(30_000),
  /** Rows that the target refused, kept with the reason. */
  deadLetters: z.int().min(0).max(1_000_000).default(10_000),
};

/** `oldest`: what is still there in the order of arrival; `now`: what comes from the first start on. */
export function beginning(usual: "oldest" | "now"): z.ZodDefault<
  z.ZodEnum<{
    oldest: "oldest";
    now: "now";
  }>
> {
  return z.enum(["oldest", "now"]).default(usual);
}

/** An address without anything secret in it. */
export function url(example: string, ...protocols: readonly string[]): z.ZodString {
  return z.string().superRefine((text, context) => {
    const parsed = URL.parse(text);
    if (parsed === null || !protocols.includes(parsed.protocol)) {
      context.addIssue(
        `"${parsed === null ? text : parsed.protocol}" is no address like ${example}`,
      );
    } else if (parsed.username !== "" || parsed.password !== "") {
      context.addIssue("holds a user or a password: they have keys of their own (user, password)");
    }
  });
}

const text = z.string().min(1);
/** An identifier of a database that needs no quotes. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, "use letters, digits and underscores, no digit first");
export const login = { user: text.optional(), password: secret.optional() };
export { secret, text };
