/** What the server of a running adapter has, as tags could be written: for whoever makes them. */
import {
  AdapterError,
  parseWith,
  section,
  type LookAnswer,
  type LookQuestion,
} from "@unshub/adapter";
import type { ClientSession } from "node-opcua-client";
import { childNodes } from "./browse/child-nodes.ts";
import { findTags } from "./browse/find-tags.ts";
import { tagFields } from "./browse/tag-fields.ts";
import type { OpcUaConfig } from "./config.ts";
import { browseSchema } from "./config/data-schema.ts";
import { nodePlace } from "./config/parts.ts";
import { toBrowseRule } from "./config/to-tag.ts";
import type { ServerFacts } from "./connect/server-facts.ts";
import type { Library } from "./library.ts";

/** On which session. */
export interface LookPlace {
  readonly session: ClientSession;
  readonly server: ServerFacts;
  readonly library: Library;
  readonly config: OpcUaConfig;
  readonly signal: AbortSignal;
}

const LOOK_WITHIN_MS = 50_000;
const parentSchema = section({ parent: nodePlace });

/** @throws {ConfigError} when the root or a filter cannot be read. */
export async function lookAtServer(place: LookPlace, asked: LookQuestion): Promise<LookAnswer> {
  if (asked.kind === "registers") {
    throw new AdapterError("BAD_VALUE", "a server of OPC UA has no registers");
  }
  const { config, ...rest } = place;
  const [group = "fast"] = config.groups.keys();
  const signal = AbortSignal.any([place.signal, AbortSignal.timeout(LOOK_WITHIN_MS)]);
  if (asked.kind === "nodes") {
    const { parent } = parseWith(parentSchema, { parent: asked.parent });
    return await childNodes({ ...rest, signal }, parent, group);
  }
  const { root, include, depth, maxNodes } = asked;
  const rule = toBrowseRule(
    parseWith(browseSchema, { root, include: [...include], depth, maxNodes, group }),
    "device",
  );
  const { tags, problems } = await findTags({
    ...rest,
    config: { endpoint: config.endpoint, browse: [rule] },
    taken: new Set(),
    signal,
  });
  return {
    kind: "browse",
    tags: tags.map(({ tag }) => JSON.parse(JSON.stringify(tagFields(tag)))),
    problems,
  };
}
