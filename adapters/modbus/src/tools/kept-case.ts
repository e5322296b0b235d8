/** What a detective has seen so far, in a file of the person who asks. */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

const lookSchema = z.object({
  seen: z.number(),
  tolerance: z.number().optional(),
  parts: z.array(
    z.object({
      start: z.int().min(0).max(65_535),
      data: z.string().transform((hex) => Uint8Array.from(Buffer.from(hex, "hex"))),
    }),
  ),
});

const caseSchema = z.object({
  table: z.enum(["hr", "ir"]),
  first: z.int().min(0).max(65_535),
  last: z.int().min(0).max(65_535),
  unit: z.int().min(0).max(255),
  looks: z.array(lookSchema),
});

/** One look at the display, and what the registers held then. */
export interface Look {
  readonly seen: number;
  /** In the unit of the display. */
  readonly tolerance?: number | undefined;
  readonly parts: readonly { readonly start: number; readonly data: Uint8Array }[];
}

/** Where is looked, and all looks so far. */
export interface KeptCase {
  readonly table: "hr" | "ir" | "co" | "di";
  readonly first: number;
  readonly last: number;
  readonly unit: number;
  readonly looks: readonly Look[];
}

/** What an earlier run has kept in `file`, or why it is of no use. */
export function readKept(file: string): KeptCase | Error {
  try {
    return caseSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? cause.message : "it is not one of ours";
    return new Error(`--keep ${file}: ${why}`, { cause });
  }
}

/** Keeps it for the next run. */
export function writeKept(file: string, kept: KeptCase): void {
  const looks = kept.looks.map(({ parts, ...look }) => ({
    ...look,
    parts: parts.map(({ start, data }) => ({ start, data: Buffer.from(data).toString("hex") })),
  }));
  writeFileSync(file, `${JSON.stringify({ ...kept, looks })}\n`);
}
