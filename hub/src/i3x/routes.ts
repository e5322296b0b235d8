/**
 * The routes of i3X at the main HTTP server. Here they are only named and guarded; what answers is loaded when the first one
 * is asked.
 */
import { createHash, randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  problem,
  Problem,
  sendProblem,
  type Caller,
  type House,
  type HttpRoom,
  type RoomFigures,
} from "../api/index.ts";
import type { Sight } from "../feed/index.ts";
import type { Action } from "../identity/index.ts";
import { JSON_TYPE, packAnswers, plainOf, takesGzip } from "./answer-body.ts";
import { joined } from "./byte-text.ts";
import { Refusal } from "./envelope.ts";
import { parseExactly } from "./exact-json.ts";
import { BUCKETS, RequestFigures } from "./figures.ts";
import type { Reply } from "./handlers.ts";
import type { I3x, I3xOptions } from "./i3x.ts";
import type { PackedList } from "./space/object-list.ts";
import type { ObjectType } from "./space/object-types.ts";

const BASE = "/i3x/v1";
const STREAM = "/subscriptions/stream";

type Method = "GET" | "POST" | "PUT";

/** Every route with what it needs; `anyone`: no login. */
const ROUTES: readonly (readonly [method: Method, path: string, needs: Action | "anyone"])[] = [
  ["GET", "/info", "anyone"],
  ["GET", "/openapi.json", "anyone"],
  ["GET", "/namespaces", "read values"],
  ["GET", "/objecttypes", "read values"],
  ["POST", "/objecttypes/query", "read values"],
  ["GET", "/relationshiptypes", "read values"],
  ["POST", "/relationshiptypes/query", "read values"],
  ["GET", "/objects", "read values"],
  ["POST", "/objects/list", "read values"],
  ["POST", "/objects/related", "read values"],
  ["POST", "/objects/value", "read values"],
  ["POST", "/objects/history", "read values"],
  ["PUT", "/objects/value", "write metrics"],
  ["PUT", "/objects/history", "correct history"],
  ["POST", "/subscriptions", "read values"],
  ["POST", "/subscriptions/list", "read values"],
  ["POST", "/subscriptions/delete", "read values"],
  ["POST", "/subscriptions/register", "read values"],
  ["POST", "/subscriptions/unregister", "read values"],
  ["POST", "/subscriptions/sync", "read values"],
  ["POST", STREAM, "read values"],
];

/** What has been loaded. */
interface Loaded {
  readonly i3x: I3x;
  readonly handlers: ReadonlyMap<string, (asked: Parameters<Handler>[0]) => ReturnType<Handler>>;
}
type Handler = NonNullable<ReturnType<(typeof import("./handlers.ts"))["HANDLERS"]["get"]>>;

export class I3xRoom implements HttpRoom {
  readonly #options: I3xOptions;
  readonly #figures = new RequestFigures();
  /** Of this run: revisions begin anew with each. */
  readonly #run = randomUUID().slice(0, 8);
  #loading: Promise<Loaded> | undefined;
  #i3x: I3x | undefined;

  constructor(options: I3xOptions) {
    this.#options = options;
  }

  addTo(server: FastifyInstance, house: House): void {
    packAnswers(server, `${BASE}/`);
    server.register((scope, _options, done) => {
      takeExactJson(scope);
      for (const [method, path, needs] of ROUTES)
        this.#addRoute(scope, house, { method, path, needs });
      done();
    });
    server.addHook("onResponse", async (request, reply) => {
      const route = request.routeOptions.url;
      if (route?.startsWith(`${BASE}/`) !== true) return;
      const path = route.slice(BASE.length);
      const seconds = path === STREAM ? undefined : reply.elapsedTime / 1000;
      this.#figures.note(path, reply.statusCode, seconds);
    });
    server.addHook("preClose", async () => this.#i3x?.subscriptions.stop());
  }

  /** What a device is by its birth, or a metric by its template; `undefined`: it is neither. */
  async modelOf(row: number): Promise<ObjectType | undefined> {
    const { i3x } = await this.#load();
    return i3x.types.modelOf(row);
  }

  /** The name of what `modelOf` says of a device; `undefined`: the row is none. */
  async modelIdOf(row: number): Promise<string | undefined> {
    const { i3x } = await this.#load();
    return i3x.types.modelIdOf(row);
  }

  /** A type by its name, of what somebody may see; `undefined`: there is none for him. */
  async typeAt(elementId: string, sight: Sight): Promise<ObjectType | undefined> {
    const { i3x } = await this.#load();
    return (await i3x.types.seenBy(sight)).get(elementId);
  }

  figures(): RoomFigures {
    const { size = 0, streams = 0, dropped = 0 } = this.#i3x?.subscriptions ?? {};
    return {
      counters: [
        {
          name: "unshub_i3x_requests_total",
          help: "Requests to i3X, by route and status.",
          samples: Array.from(this.#figures.counts.values(), ({ route, status, count }) => [
            { route, status: String(status) },
            count,
          ]),
        },
        {
          name: "unshub_i3x_updates_dropped_total",
          help: "Updates of subscriptions that were not fetched in time.",
          samples: [[{}, dropped]],
        },
      ],
      gauges: [
        { name: "unshub_i3x_subscriptions", help: "Subscriptions.", samples: [[{}, size]] },
        { name: "unshub_i3x_stream_clients", help: "Open streams.", samples: [[{}, streams]] },
      ],
      histograms: [
        {
          name: "unshub_i3x_request_duration_seconds",
          help: "Time from the head of a request to the end of its answer, streams apart.",
          bounds: BUCKETS,
          samples: Array.from(this.#figures.durations, ([route, took]) => [{ route }, took]),
        },
      ],
    };
  }

  #addRoute(
    scope: FastifyInstance,
    house: House,
    {
      method,
      path,
      needs,
    }: { readonly method: Method; readonly path: string; readonly needs: Action | "anyone" },
  ): void {
    const callers = new WeakMap<FastifyRequest, Caller>();
    scope.route({
      method,
      url: `${BASE}${path}`,
      onRequest: async (request, reply) => {
        const admitted = await house.admit(request, needs); // before a body is read
        if (admitted instanceof Problem) return sendProblem(reply, admitted);
        callers.set(request, admitted);
        return undefined;
      },
      handler: async (request, reply) => {
        const caller = callers.get(request);
        if (caller === undefined) return sendProblem(reply, problem(401, "nobody asks"));
        const { i3x, handlers } = await this.#load();
        const { access } = this.#options;
        const handler = handlers.get(`${method} ${path}`);
        const sightNow = (): ReturnType<House["sightNow"]> => house.sightNow(caller);
        const answer = await handler?.({ i3x, access, caller, request, reply, sightNow });
        return answer === undefined ? reply : await this.#send(answer, { request, reply, caller });
      },
    });
  }

  #load(): Promise<Loaded> {
    this.#loading ??= this.#open();
    return this.#loading;
  }

  async #open(): Promise<Loaded> {
    const { HANDLERS } = await import("./handlers.ts");
    await nextTurn(); // each takes the thread for some milliseconds
    const { I3x: Room } = await import("./i3x.ts");
    await nextTurn();
    await this.#options.addresses.look(); // so that the first list has them
    const i3x = new Room(this.#options);
    this.#i3x = i3x;
    return { i3x, handlers: HANDLERS };
  }

  async #send(
    answer: NonNullable<Reply>,
    { request, reply, caller }: Around,
  ): Promise<FastifyReply> {
    if (answer instanceof Refusal) return sendProblem(reply, problemOf(answer));
    void reply.type(JSON_TYPE);
    if ("gzip" in answer) return this.#sendList(answer, { request, reply, caller });
    const body = await joined(answer.pieces);
    if (request.method !== "GET") return reply.code(answer.status).send(body);
    const tag = createHash("sha1").update(body).digest("base64url");
    return isKnown(request, reply, tag) ? reply : reply.code(answer.status).send(body);
  }

  #sendList(list: PackedList, { request, reply, caller }: Around): FastifyReply {
    const tag = `${this.#run}.${list.revision}-${caller.sight.key || "all"}`;
    if (isKnown(request, reply, tag)) return reply;
    void reply.code(list.isCut ? 206 : 200);
    if (!takesGzip(request)) return reply.send(plainOf(list.gzip));
    return reply.header("content-encoding", "gzip").send(list.gzip);
  }
}

interface Around {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
}

function problemOf({ status, detail, waitMs }: Refusal): Problem {
  return new Problem(status, detail, waitMs === undefined ? {} : { waitMs });
}

/** Says what the answer is called, and that it need not be sent to who has it already. */
function isKnown(request: FastifyRequest, reply: FastifyReply, tag: string): boolean {
  const etag = `W/"${tag}"`; // the same packed and not
  void reply.headers({ etag, "cache-control": "private, no-cache" });
  const known = request.headers["if-none-match"]?.split(",").map((one) => one.trim());
  if (known?.includes(etag) !== true) return false;
  void reply.code(304).send();
  return true;
}

/** Numbers keep their digits. */
function takeExactJson(scope: FastifyInstance): void {
  scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, parseExactly(String(body)));
    } catch {
      done(Object.assign(new Error("the body is not JSON"), NOT_JSON));
    }
  });
}

const NOT_JSON = { statusCode: 400, code: "FST_ERR_CTP_INVALID_JSON_BODY" };
