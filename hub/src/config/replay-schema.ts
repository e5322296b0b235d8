/** The sections `replay:` and `blackBox:`: which messages are kept besides the values of the history, and for how long. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { pathFilter } from "../path-filter.ts";
import { duration, size } from "./units.ts";

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

const bounds = {
  retention: duration({ least: "1s", most: "3650d" }).default(HOUR_MS),
  maxSize: size({ least: "1MiB", most: "1024GiB" }).default(256 * MIB),
};

const stream = section({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "use letters, digits, _ - . and at most 64 of them"),
  filter: pathFilter,
  ...bounds,
  /** Of each topic only the last message is given. */
  lastValuePerKey: z.boolean().default(false),
});

/** What every hub has. */
const BUILT_IN: readonly string[] = ["uns", "sparkplug"];

export const replaySection = section({
  /** All messages of spBv1.0 as they came; left out: they are not kept. */
  sparkplug: section(bounds).optional(),
  streams: z
    .array(stream)
    .default([])
    .superRefine((streams, context) => {
      for (const [at, { name }] of streams.entries()) {
        const isTwice = streams.findIndex((other) => other.name === name) < at;
        if (!isTwice && !BUILT_IN.includes(name)) continue;
        const message = isTwice
          ? `"${name}" stands there twice`
          : `"${name}" is a stream of the hub's own`;
        context.addIssue({ code: "custom", path: [at, "name"], message });
      }
    }),
});

export const blackBoxSection = section({
  record: z.boolean().default(true),
  /** How much is kept in memory, and of how long. */
  keep: duration({ least: "10s", most: "1d" }).default(600_000),
  maxSize: size({ least: "1MiB", most: "4GiB" }).default(8 * MIB),
  /** Payloads on these topics are left out of what is saved. */
  redact: z.array(pathFilter).default([]),
});

export type ReplayConfig = z.output<typeof replaySection>;
export type BlackBoxConfig = z.output<typeof blackBoxSection>;
