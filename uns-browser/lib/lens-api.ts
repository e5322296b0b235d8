/**
 * The plant cut in other ways than by Sparkplug: by ISA-95 places, and by MQTT topics. Each asks the hub in the words of
 * the tree, so that one loader and one tree serve all of them. Levels that are no row of the hub's tree get ids of their
 * own, below −1.
 */
import type { NodeKind, PathAnswer, TreeRow } from "@unshub/hub/feed";
import { ApiError, type FetchLike, type NamespaceApi } from "./api.ts";
import { isRecord } from "./hub-request.ts";
import { isTreeRow } from "./messages.ts";
import { decodePath, encodePath, type Lens } from "./path.ts";

export interface LensApi extends Pick<NamespaceApi, "children" | "path"> {
  /** The run of the hub that ids belong to; what was learned of another one is forgotten. */
  begin(epoch: string): void;
  /** The path in the address bar: of a metric or device its path in the tree, of a topic the topic. */
  pathOf(id: number): string | null;
}

/** Rows per answer; a level of topics may have a hundred thousand. */
const PLACES = 500;
const TOPICS = 5000;
const FIRST_OWN_ID = -2;

/** A level as the hub tells it. */
interface Level {
  /** What the hub is asked by to see what is below. */
  readonly place: string;
  /** What names it for the next page. */
  readonly key: string;
  readonly row: Omit<TreeRow, "id" | "parent">;
  /** Its row in the hub's tree. */
  readonly id: number | null;
  /** In the address bar. */
  readonly path: string;
  /** Levels below it that are each the only one below the level before. */
  readonly only: readonly Level[];
}

interface Dialect {
  /** Levels just below a place; `null`: the topmost. A topic may begin with a level that has no name. */
  readonly below: (place: string | null) => string;
  /** Levels from the top down to a path; `null`: they can be told from the path itself. */
  readonly line: (path: string) => string;
  readonly parse: (json: Readonly<Record<string, unknown>>) => Omit<Level, "only"> | null;
}

const BY_LENS: Readonly<Record<Exclude<Lens, "sparkplug">, Dialect>> = {
  uns: {
    below: (place) => `/api/ns/uns?p=${encodeURIComponent(place ?? "")}&limit=${PLACES}`,
    line: (path) => `/api/ns/uns/line?p=${encodeURIComponent(path)}`,
    parse: placeLevel,
  },
  topic: {
    below: (place) =>
      `/api/ns/topics?${place === null ? "" : `p=${encodeURIComponent(place)}&`}limit=${TOPICS}`,
    line: (path) => `/api/ns/topics/line?p=${encodeURIComponent(decodePath(path).join("/"))}`,
    parse: topicLevel,
  },
};

export function createLensApi(fetchLike: FetchLike, lens: Exclude<Lens, "sparkplug">): LensApi {
  return new OtherLens(fetchLike, BY_LENS[lens]);
}

class OtherLens implements LensApi {
  readonly #fetch: FetchLike;
  readonly #dialect: Dialect;
  #epoch = "";
  readonly #levels = new Map<number, Level>();
  readonly #ownIds = new Map<string, number>();

  constructor(fetchLike: FetchLike, dialect: Dialect) {
    this.#fetch = fetchLike;
    this.#dialect = dialect;
  }

  begin(epoch: string): void {
    this.#epoch = epoch;
    this.#levels.clear();
    this.#ownIds.clear();
  }

  pathOf(id: number): string | null {
    return this.#levels.get(id)?.path ?? null;
  }

  async children(id: number | null, after: number | null, signal?: AbortSignal) {
    const epoch = this.#epoch;
    const place = id === null ? null : (this.#levels.get(id)?.place ?? null);
    const last = after === null ? undefined : this.#levels.get(after)?.key;
    const next = last === undefined ? "" : `&after=${encodeURIComponent(last)}`;
    const json = await this.#ask(`${this.#dialect.below(place)}${next}`, signal);
    const levels = levelsOf(json["rows"], this.#dialect);
    const rows = levels.map((level) => this.#rowOf(level, id));
    const only = levels.flatMap((level) => this.#chainBelow(level));
    return { epoch, rows, only, more: json["more"] === true };
  }

  async path(path: string, signal?: AbortSignal): Promise<PathAnswer> {
    const epoch = this.#epoch;
    const json = await this.#ask(this.#dialect.line(path), signal);
    let parent: number | null = null;
    const rows = levelsOf(json["rows"], this.#dialect).map((level) => {
      const row = this.#rowOf(level, parent);
      parent = row.id;
      return row;
    });
    return { epoch, rows };
  }

  #chainBelow(level: Level): readonly TreeRow[] {
    let parent = this.#idOf(level);
    return level.only.map((one) => {
      const row = this.#rowOf(one, parent);
      parent = row.id;
      return row;
    });
  }

  #rowOf(level: Level, parent: number | null): TreeRow {
    const id = this.#idOf(level);
    this.#levels.set(id, level);
    return { ...level.row, id, parent };
  }

  #idOf({ id: inTree, key }: Level): number {
    if (inTree !== null) return inTree;
    const id = this.#ownIds.get(key) ?? FIRST_OWN_ID - this.#ownIds.size;
    this.#ownIds.set(key, id);
    return id;
  }

  async #ask(url: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#fetch(url, {
      signal: signal ?? null,
      headers: { accept: "application/json" },
    }).catch((cause: unknown) => {
      throw new ApiError("UNREACHABLE", `${url}: no answer`, { cause });
    });
    if (answer.status === 404) throw new ApiError("NOT_FOUND", `${url}: 404`);
    if (!answer.ok) throw new ApiError("REFUSED", `${url}: ${answer.status}`);
    const json = await answer.json().catch(() => null);
    if (!isRecord(json)) throw new ApiError("NOT_UNDERSTOOD", `${url}: no JSON`);
    return json;
  }
}

function levelsOf(rows: unknown, dialect: Dialect): readonly Level[] {
  if (!Array.isArray(rows)) return [];
  return rows.filter(isRecord).flatMap((json) => {
    const level = dialect.parse(json);
    return level === null ? [] : { ...level, only: levelsOf(json["only"], dialect) };
  });
}

/** A place of the plant, or what of the tree stands there. */
function placeLevel(json: Readonly<Record<string, unknown>>): Omit<Level, "only"> | null {
  const { name, path, key, at } = json;
  if (typeof name !== "string" || typeof path !== "string" || typeof key !== "string") return null;
  if (isTreeRow(json)) {
    const { parent: _parent, id, ...row } = json;
    // Its own name is the last of its path; the tree may call it otherwise.
    const own = { ...pick(row), name, branch: json.branch };
    const inTree = typeof at === "string" ? at : encodePath(path.split("/"));
    return { place: path, key, row: own, id, path: inTree };
  }
  const row = { name, kind: "place" as const, branch: true };
  return { place: path, key, row, id: null, path: encodePath(path.split("/")) };
}

/** Only what a row has: the hub says more of it here. */
function pick(row: Omit<TreeRow, "id" | "parent">): Omit<TreeRow, "id" | "parent"> {
  const { name, kind, branch, unit, datatype, writable, retained, state, counts } = row;
  return {
    name,
    kind,
    branch,
    ...(unit !== undefined && { unit }),
    ...(datatype !== undefined && { datatype }),
    ...(writable !== undefined && { writable }),
    ...(retained !== undefined && { retained }),
    ...(state !== undefined && { state }),
    ...(counts !== undefined && { counts }),
  };
}

/** A level of topics; it may be a topic itself. */
function topicLevel(json: Readonly<Record<string, unknown>>): Omit<Level, "only"> | null {
  const { name, topic, branch, retained } = json;
  if (typeof name !== "string" || typeof topic !== "string") return null;
  const kind: NodeKind = "topic";
  const row = { name, kind, branch: branch === true, retained: retained === true };
  return { place: topic, key: topic, row, id: null, path: encodePath(topic.split("/")) };
}

const SPARKPLUG = /^spBv1\.0\/([^/]+)\/[ND][A-Z]+\/([^/]+)(?:\/([^/]+))?$/;

/** The edge node or device that a topic speaks of, as a path of the tree; `null`: it is a plain one. */
export function memberOfTopic(path: string): string | null {
  const [, group, edgeNode, device] = SPARKPLUG.exec(decodePath(path).join("/")) ?? [];
  if (group === undefined || edgeNode === undefined) return null;
  return encodePath(device === undefined ? [group, edgeNode] : [group, edgeNode, device]);
}
