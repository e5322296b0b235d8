/** `/api/ns/topics`: MQTT topics level by level: those of Sparkplug that were heard, and those with a retained message. */
import { z } from "zod";
import { problem } from "./problem.ts";
import { readsTopic } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { topicText, TOPICS } from "./shapes.ts";
import { placeAfter, TopicLevels, type TopicReader, type TopicRooms } from "./topic-levels.ts";
import type { Caller } from "./who.ts";

const MAX_LIMIT = 5000;

const level = z.object({
  name: z.string(),
  /** Down to this level. */
  topic: z.string(),
  branch: z.boolean().describe("Whether there are topics below it"),
  messages: z.boolean().describe("Whether it is a topic itself, with a message that is kept"),
  retained: z.boolean().describe("Whether that message is retained"),
});
const row = level.extend({
  only: z
    .array(level)
    .describe("Levels below it that are each the only one below the level before"),
});

export function addTopicRoutes(routes: Routes, rooms: TopicRooms): void {
  const levels = new TopicLevels(rooms);
  routes.add({
    ...TOPICS,
    path: "/api/ns/topics",
    summary: "The levels of MQTT topics just below one, sorted by name",
    query: z.object({
      p: topicText
        .optional()
        .describe(
          "Left out: the topmost; empty: those below the topmost without a name, as of `/a`",
        ),
      after: topicText.optional().describe("`topic` of the last row before"),
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(1000),
    }),
    answers: { 200: z.object({ rows: z.array(row), more: z.boolean() }) },
    handle: async ({ query: { p, after, limit }, caller }) => {
      const all = await levels.below(p, readerOf(caller), after !== undefined);
      const from = after === undefined ? 0 : placeAfter(all, after);
      return { rows: all.slice(from, from + limit), more: from + limit < all.length };
    },
  });
  routes.add({
    ...TOPICS,
    path: "/api/ns/topics/line",
    summary: "The levels from the top down to a topic",
    query: z.object({ p: topicText.min(1) }),
    answers: { 200: z.object({ rows: z.array(row) }) },
    problems: [404],
    handle: async ({ query: { p }, caller }) => {
      const rows = await levels.line(p, readerOf(caller));
      return rows === undefined ? problem(404, `there is no topic "${p}"`) : { rows };
    },
  });
}

/** What grants for topics let somebody see stands in no key of the tree: nobody shares it. */
function readerOf(caller: Caller): TopicReader {
  const { sight, principal } = caller;
  const key = sight.seesAll ? "" : principal.id;
  return { key, sees: (topic) => readsTopic(caller, topic) };
}
