/** Sizes and durations as a person writes them. */
import { durationMs } from "@unshub/adapter";
import { z } from "zod";

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A size with a unit (`256B`, `16KiB`, `8MiB`, `1GiB`) as bytes. */
const sizeBytes: z.ZodType<number, string> = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/.exec(text);
  const unit = UNIT_BYTES[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    context.addIssue(`"${text}" is not a size; write a number with a unit, e.g. 256B, 16KiB, 8MiB`);
    return z.NEVER;
  }
  return Math.round(Number(match[1]) * unit);
});

interface Range {
  /** As they are written: `1s`, `64KiB`. */
  readonly least: string;
  readonly most: string;
}

/** Bytes within a range. */
export function size({ least, most }: Range): z.ZodType<number, string> {
  const [from, to] = [sizeBytes.parse(least), sizeBytes.parse(most)];
  return sizeBytes.refine((bytes) => bytes >= from && bytes <= to, `must be ${least} to ${most}`);
}

/** Milliseconds within a range. */
export function duration({ least, most }: Range): z.ZodType<number, string> {
  const [from, to] = [durationMs.parse(least), durationMs.parse(most)];
  return durationMs.refine((ms) => ms >= from && ms <= to, `must be ${least} to ${most}`);
}

/** Whole seconds within a range. */
export function seconds(range: Range): z.ZodType<number, string> {
  return duration(range)
    .refine((ms) => ms % 1000 === 0, "must be whole seconds")
    .transform((ms) => ms / 1000);
}
