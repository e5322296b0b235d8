/** `/api/ns/topics`: MQTT topics level by level: those of Sparkplug that were heard, and those with a retained message. */
import { z } from "zod";
import type { Broker } from "../broker/index.ts";
import type { LastMessages } from "../heard/index.ts";
import { problem } from "./problem.ts";
import { readsTopic } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { topicText, TOPICS } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface TopicRoutes {
  readonly heard: LastMessages;
  readonly broker: Pick<Broker, "retained">;
}

const MAX_LIMIT = 5000;

const row = z.object({
  name: z.string(),
  /** Down to this level. */
  topic: z.string(),
  branch: z.boolean().describe("Whether there are topics below it"),
  messages: z.boolean().describe("Whether it is a topic itself, with a message that is kept"),
});

export function addTopicRoutes(routes: Routes, rooms: TopicRoutes): void {
  routes.add({
    ...TOPICS,
    path: "/api/ns/topics",
    summary: "The levels of MQTT topics just below one, sorted by name",
    query: z.object({
      p: topicText.default(""),
      after: topicText.optional().describe("`topic` of the last row before"),
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(1000),
    }),
    answers: { 200: z.object({ rows: z.array(row), more: z.boolean() }) },
    handle: ({ query: { p, after, limit }, caller }) => {
      const all = levelsBelow(rooms, caller, p);
      const from = after === undefined ? 0 : all.findIndex(({ topic }) => topic === after) + 1;
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
    handle: ({ query: { p }, caller }) => {
      const levels = p.split("/");
      const rows = levels.flatMap((_, at) => {
        const [above, topic] = [levels.slice(0, at).join("/"), levels.slice(0, at + 1).join("/")];
        const below = levelsBelow(rooms, caller, above, at);
        return below.find((one) => one.topic === topic) ?? [];
      });
      return rows.length === levels.length ? { rows } : problem(404, `there is no topic "${p}"`);
    },
  });
}

interface LevelRow {
  readonly name: string;
  readonly topic: string;
  readonly branch: boolean;
  readonly messages: boolean;
}

const NATURAL = new Intl.Collator("en", { numeric: true });

/** `depth`: how many levels stand above; an empty level is a level too. */
function levelsBelow(
  rooms: TopicRoutes,
  caller: Caller,
  above: string,
  depth = above === "" ? 0 : above.split("/").length,
): readonly LevelRow[] {
  const found = new Map<string, { branch: boolean; messages: boolean }>();
  for (const topic of topicsBelow(rooms, above, depth)) {
    if (!readsTopic(caller, topic)) continue;
    const levels = topic.split("/");
    const name = levels[depth] ?? "";
    const known = found.get(name) ?? { branch: false, messages: false };
    if (levels.length > depth + 1) known.branch = true;
    else known.messages = true;
    found.set(name, known);
  }
  return Array.from(found, ([name, known]) => ({
    name,
    topic: depth === 0 ? name : `${above}/${name}`,
    ...known,
  })).toSorted((a, b) => NATURAL.compare(a.name, b.name));
}

function* topicsBelow(
  { heard, broker }: TopicRoutes,
  above: string,
  depth: number,
): Generator<string> {
  const prefix = depth === 0 ? "" : `${above}/`;
  for (const topic of heard.topics()) if (topic.startsWith(prefix)) yield topic;
  for (const message of broker.retained(`${prefix}#`)) {
    if (message?.topic.startsWith(prefix) === true) yield message.topic;
  }
  // A filter that begins with a wildcard does not see them. [MQTT5-4.7.2-1]
  for (const filter of depth === 0 ? ["$SYS/#", "$sparkplug/#", "$UNS/#"] : [])
    for (const message of broker.retained(filter)) if (message !== undefined) yield message.topic;
}
