/** The room as a whole: the plant in the words of i3X, and all that is asked of it. Made when the first one asks. */
import type { Commands } from "../command/index.ts";
import type { I3xConfig } from "../config/index.ts";
import type { History, HistoryReader } from "../history/index.ts";
import type { Access } from "../identity/index.ts";
import type { NodeSessions, UnsTree } from "../tree/index.ts";
import type { UnsPaths } from "../uns/index.ts";
import { Corrections } from "./corrections.ts";
import { Explore } from "./explore.ts";
import { Past } from "./past.ts";
import { Query } from "./query.ts";
import { Adapters, type SourceAddresses } from "./space/adapters.ts";
import { AddressSpace } from "./space/address-space.ts";
import type { Adapter } from "./space/element.ts";
import { Members } from "./space/members.ts";
import { ObjectJson } from "./space/object-json.ts";
import { ObjectList } from "./space/object-list.ts";
import { ObjectTypes } from "./space/object-types.ts";
import { Subscribe } from "./subscribe.ts";
import { Subscriptions } from "./subscriptions/subscriptions.ts";
import { Values, type ValuesOptions } from "./values.ts";
import { Writes } from "./writes.ts";

export interface I3xOptions extends Pick<ValuesOptions, "rebirthsOf" | "startedAt"> {
  readonly config: I3xConfig;
  readonly hubId: string;
  /** Of the hub. */
  readonly version: string;
  readonly tree: UnsTree;
  readonly sessions: Pick<NodeSessions, "groups">;
  readonly paths: UnsPaths;
  /** What the levels of a path are called. */
  readonly levels: readonly string[];
  /** The adapters as they are now. */
  readonly adapters: () => readonly Adapter[];
  /** Where metrics of theirs live in their devices. */
  readonly addresses: SourceAddresses;
  readonly commands: Pick<Commands, "write" | "writeTogether" | "plan">;
  /** `undefined`: nothing is recorded. */
  readonly history:
    | { readonly history: Pick<History, "insert">; readonly reader: Pick<HistoryReader, "values"> }
    | undefined;
  readonly access: Pick<Access, "note">;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export class I3x {
  readonly types: ObjectTypes;
  readonly explore: Explore;
  readonly query: Query;
  readonly writes: Writes;
  readonly corrections: Corrections;
  readonly subscribe: Subscribe;
  readonly subscriptions: Subscriptions;

  constructor(options: I3xOptions) {
    const { config, history: log, now, version } = options;
    const members = new Members(options);
    const adapters = new Adapters({ read: options.adapters, addresses: options.addresses, now });
    const space = new AddressSpace({ ...options, members, adapters });
    const values = new Values({ ...options, members, space });
    const json = new ObjectJson({ ...options, members, space, adapters });
    const types = new ObjectTypes({ ...options, members });
    this.types = types;
    const { maxObjects } = config;
    const list = new ObjectList({ ...options, members, adapters, space, json, maxObjects });
    this.explore = new Explore({
      ...options,
      space,
      types,
      json,
      list,
      maxObjects,
      version: releaseOf(version),
      hasHistory: log !== undefined,
    });
    const past = new Past({ ...options, space, reader: log?.reader });
    this.query = new Query({ space, values, past });
    this.writes = new Writes({ ...options, members, space, values });
    const history = log?.history;
    this.corrections = new Corrections({ ...options, members, space, values, past, history });
    const { subscriptionTtl: ttlMs } = config;
    const { tree } = options;
    this.subscriptions = new Subscriptions({ tree, members, space, values, now, ttlMs });
    this.subscribe = new Subscribe(this.subscriptions);
  }
}

/** The client of CESMII takes a version with `alpha` or `beta` in it for an older API. */
function releaseOf(version: string): string {
  return /^\d+(?:\.\d+)*/.exec(version)?.[0] ?? "0";
}
