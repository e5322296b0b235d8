/** What each route of i3X does. Loaded with the first request. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Caller } from "../api/index.ts";
import type { Sight } from "../feed/index.ts";
import type { Writer } from "../command/index.ts";
import { mayWrite, type Access } from "../identity/index.ts";
import { bulk, Refusal, type Answer } from "./envelope.ts";
import type { I3x } from "./i3x.ts";
import {
  byNamespace,
  correctBody,
  createBody,
  elementsBody,
  historyBody,
  objectsBody,
  objectsQuery,
  registerBody,
  relatedBody,
  streamBody,
  subscriptionsBody,
  syncBody,
  unregisterBody,
  valueBody,
  writeBody,
} from "./requests.ts";
import type { PackedList } from "./space/object-list.ts";
import { sendStream } from "./sse.ts";
import type { Subscriber } from "./subscribe.ts";

/** What a route is asked. */
interface Asked {
  readonly i3x: I3x;
  readonly access: Pick<Access, "note">;
  readonly caller: Caller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** What the caller sees from now on, asked again and again. */
  readonly sightNow: () => Sight | undefined;
}

/** `undefined`: it has answered by itself. */
export type Reply = Answer | Refusal | PackedList | undefined;
type Handler = (asked: Asked) => Reply | Promise<Reply>;

function withBody<Schema extends z.ZodType>(
  schema: Schema,
  answer: (asked: Asked, body: z.output<Schema>) => Reply | Promise<Reply>,
): Handler {
  return (asked) => {
    const read = schema.safeParse(asked.request.body ?? {});
    return read.success ? answer(asked, read.data) : unreadable(read.error);
  };
}

function withQuery<Schema extends z.ZodType>(
  schema: Schema,
  answer: (asked: Asked, query: z.output<Schema>) => Reply | Promise<Reply>,
): Handler {
  return (asked) => {
    const read = schema.safeParse(asked.request.query);
    return read.success ? answer(asked, read.data) : unreadable(read.error);
  };
}

/** Everything that is wrong, each with its place. */
function unreadable({ issues }: z.ZodError): Refusal {
  const texts = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`,
  );
  return new Refusal(400, texts.join("; "));
}

export const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["GET /info", ({ i3x }) => i3x.explore.info()],
  ["GET /openapi.json", () => openApi()],
  ["GET /namespaces", ({ i3x }) => i3x.explore.namespaces()],
  [
    "GET /objecttypes",
    withQuery(byNamespace, ({ i3x, caller }, query) =>
      i3x.explore.objectTypes(caller.sight, query),
    ),
  ],
  [
    "POST /objecttypes/query",
    withBody(elementsBody, ({ i3x, caller }, body) =>
      i3x.explore.objectTypesById(caller.sight, body),
    ),
  ],
  [
    "GET /relationshiptypes",
    withQuery(byNamespace, ({ i3x }, query) => i3x.explore.relationshipTypes(query)),
  ],
  [
    "POST /relationshiptypes/query",
    withBody(elementsBody, ({ i3x }, body) => i3x.explore.relationshipTypesById(body)),
  ],
  [
    "GET /objects",
    withQuery(objectsQuery, ({ i3x, caller }, query) => i3x.explore.objects(caller.sight, query)),
  ],
  [
    "POST /objects/list",
    withBody(objectsBody, ({ i3x, caller }, body) => i3x.explore.objectsById(caller.sight, body)),
  ],
  [
    "POST /objects/related",
    withBody(relatedBody, ({ i3x, caller }, body) => i3x.explore.related(caller.sight, body)),
  ],
  [
    "POST /objects/value",
    withBody(valueBody, ({ i3x, caller }, body) => i3x.query.values(caller.sight, body)),
  ],
  [
    "POST /objects/history",
    withBody(historyBody, ({ i3x, caller }, body) =>
      i3x.explore.hasHistory ? i3x.query.history(caller.sight, body) : nothingRecorded(),
    ),
  ],
  ["PUT /objects/value", withBody(writeBody, write)],
  ["PUT /objects/history", withBody(correctBody, correct)],
  [
    "POST /subscriptions",
    withBody(createBody, (asked, body) => asked.i3x.subscribe.create(subscriber(asked), body)),
  ],
  [
    "POST /subscriptions/list",
    withBody(subscriptionsBody, (asked, body) => asked.i3x.subscribe.list(subscriber(asked), body)),
  ],
  [
    "POST /subscriptions/delete",
    withBody(subscriptionsBody, (asked, body) =>
      asked.i3x.subscribe.delete(subscriber(asked), body),
    ),
  ],
  [
    "POST /subscriptions/register",
    withBody(registerBody, (asked, body) => asked.i3x.subscribe.register(subscriber(asked), body)),
  ],
  [
    "POST /subscriptions/unregister",
    withBody(unregisterBody, (asked, body) =>
      asked.i3x.subscribe.unregister(subscriber(asked), body),
    ),
  ],
  [
    "POST /subscriptions/sync",
    withBody(syncBody, (asked, body) => asked.i3x.subscribe.sync(subscriber(asked), body)),
  ],
  ["POST /subscriptions/stream", withBody(streamBody, stream)],
]);

/** `/info` says that the hub cannot do it. */
function nothingRecorded(): Refusal {
  return new Refusal(501, "nothing is recorded: history.record is false");
}

function subscriber({ caller }: Asked): Subscriber {
  return { owner: caller.principal.id, sight: caller.sight };
}

async function write(
  { i3x, caller }: Asked,
  { updates }: z.output<typeof writeBody>,
): Promise<Answer> {
  const wishes = updates.map(({ elementId, value: { value } }) => ({ elementId, value }));
  const writer = writerFor(caller);
  return bulk(await i3x.writes.write({ updates: wishes, sight: caller.sight, writer }));
}

async function correct(
  { i3x, access, caller }: Asked,
  { updates }: z.output<typeof correctBody>,
): Promise<Answer | Refusal> {
  if (!i3x.explore.hasHistory) return nothingRecorded();
  const corrections = updates.map(({ elementId, value }) => ({ elementId, ...value }));
  const items = await i3x.corrections.correct(corrections, {
    sight: caller.sight,
    fault: (metric) => writerFor(caller).fault(metric),
    note: (entry) =>
      access.note(caller.changer, { ...entry, action: "correct history", result: "done" }),
  });
  return bulk(items);
}

/** Of a hub without users anybody writes; of others, who has a grant for the metric. */
function writerFor({ principal, rights, changer: { via, address } }: Caller): Writer {
  return {
    actor: principal.id,
    via,
    address,
    fault: (metric) =>
      rights === undefined || mayWrite(principal, metric)
        ? undefined
        : `no grant of ${principal.name} allows to command "${metric.name}"`,
  };
}

function stream(asked: Asked, body: z.output<typeof streamBody>): Refusal | undefined {
  const { i3x, request, reply, sightNow } = asked;
  const subscription = i3x.subscribe.find(subscriber(asked), body);
  if (subscription instanceof Refusal) return subscription;
  sendStream(request, reply, (outlet) => i3x.subscriptions.stream(subscription, outlet, sightNow));
  return undefined;
}

/** CESMII's own document; of it only where the server stands is ours. */
function openApi(): Answer {
  const file = join(import.meta.dirname, "openapi-1.0.json");
  const document: unknown = JSON.parse(readFileSync(file, "utf8"));
  const own = { servers: [{ url: "/i3x/v1" }] };
  return { status: 200, pieces: [JSON.stringify(Object.assign({}, document, own))] };
}
