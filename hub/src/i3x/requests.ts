/** What i3X is asked, checked: the shapes of the bodies and queries. */
import { z } from "zod";

/** Elements in one call. */
const MOST_IDS = 1000;

const ids = z.array(z.string()).max(MOST_IDS, `at most ${MOST_IDS} in one call`);
const maxDepth = z
  .int()
  .min(0)
  .nullish()
  .transform((depth) => depth ?? 1);
const flag = z
  .boolean()
  .nullish()
  .transform((isSet) => isSet === true);
const clientId = z.string().min(1, "say who you are").max(1000);
const subscriptionId = z.string();
/** A list of ids over a query is written as text; anything but `true` is false. */
const queryFlag = z
  .unknown()
  .optional()
  .transform((text) => text === "true");

/** With its offset from UTC. */
const time = z.iso
  .datetime({ offset: true, error: "write it as RFC 3339, e.g. 2026-11-23T05:40:00Z" })
  .transform((text) => Date.parse(text));

export const byNamespace = z.object({ namespaceUri: z.string().optional() });
export const objectsQuery = z.object({
  typeElementId: z.string().optional(),
  includeMetadata: queryFlag,
  root: queryFlag,
});
export const elementsBody = z.object({ elementIds: ids });
export const objectsBody = z.object({ elementIds: ids, includeMetadata: flag });
export const relatedBody = z.object({
  elementIds: ids,
  relationshipType: z.string().nullish(),
  includeMetadata: flag,
});
export const valueBody = z.object({ elementIds: ids, maxDepth });
export const historyBody = z
  .object({ elementIds: ids, startTime: time, endTime: time, maxDepth })
  .refine(({ startTime, endTime }) => startTime <= endTime, {
    path: ["startTime"],
    error: "must not be after endTime",
  });

/** `value` is there, null too. */
const withValue = z.looseObject({}).refine((vqt) => Object.hasOwn(vqt, "value"), "has no value");

export const writeBody = z.object({
  updates: z.array(z.object({ elementId: z.string(), value: withValue })).max(MOST_IDS),
});

export const QUALITIES = ["Good", "GoodNoData", "Bad", "Uncertain"] as const;

export const correctBody = z.object({
  updates: z
    .array(
      z.object({
        elementId: z.string(),
        value: z.object({ value: z.unknown(), quality: z.enum(QUALITIES), timestamp: time }),
      }),
    )
    .max(MOST_IDS),
});

export const createBody = z.object({ clientId, displayName: z.string().max(1000).nullish() });
export const subscriptionsBody = z.object({ clientId, subscriptionIds: ids });
export const registerBody = z.object({ clientId, subscriptionId, elementIds: ids, maxDepth });
export const unregisterBody = z.object({ clientId, subscriptionId, elementIds: ids });
export const syncBody = z.object({
  clientId,
  subscriptionId,
  lastSequenceNumber: z.int().min(-1).nullish(),
});
export const streamBody = z.object({ clientId, subscriptionId });
