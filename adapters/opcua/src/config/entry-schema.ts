/** One `adapters:` entry with `protocol: opcua`. Lists are taken apart later, so that one mistake hides no other. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { connectionKeys } from "./connection-schema.ts";
import { browseSchema, eventSchema, groupSchema, methodSchema } from "./data-schema.ts";
import { browsePath, deviceName, duration } from "./parts.ts";

const devicesFrom = section({
  path: browsePath,
  level: z.int().min(1).max(10).default(1),
});

/** The whole entry. `tags` and `tagFile` become one list before their tags are checked. */
export const entrySchema = section({
  ...connectionKeys,
  device: deviceName.optional().describe("Sparkplug device id of what names none itself"),
  devicesFrom: devicesFrom.optional(),
  readOnly: z.boolean().default(true),
  maxCommandAge: duration(100).default(30_000),
  offlineGrace: duration(0).default(10_000),
  timestamp: z.enum(["source", "server", "received"]).default("source"),
  maxSourceSkew: duration(0).default(60_000),
  historicalAfter: duration(0).default(5_000),
  historyBackfill: z.boolean().default(false),
  maxBackfill: z.int().min(1).max(1_000_000).default(10_000),
  uncertainAs: z.enum(["stale", "good", "bad"]).default("stale"),
  groups: z.record(z.string(), groupSchema),
  tags: z.array(z.unknown()).optional(),
  tagFile: z.union([z.string().min(1), z.array(z.string().min(1))]).optional(),
  browse: z.array(browseSchema).max(1_000).default([]),
  describeTags: z.boolean().default(true),
  rebrowse: duration(10_000).optional(),
  rebirthHoldoff: duration(0).default(60_000),
  events: z.array(eventSchema).max(100).default([]),
  methods: z.array(methodSchema).max(1_000).default([]),
});
export type EntryInput = z.output<typeof entrySchema>;
