/** What the server of a running adapter has, as tags could be written: for whoever makes them. */
import {
  AdapterError,
  parseWith,
  section,
  type BrowseNode,
  type BrowseRequest,
  type NodesAnswer,
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
export interface BrowsePlace {
  readonly session: ClientSession;
  readonly server: ServerFacts;
  readonly library: Library;
  readonly config: OpcUaConfig;
  readonly signal: AbortSignal;
}

/** Names must differ from each other, so that the first tag comes when the last was found. @throws {ConfigError} when the root or a filter cannot be read. */
export async function* browseServer(
  { config, ...place }: BrowsePlace,
  { deviceId, root = "/Objects", include = ["**"], depth = 12, maxNodes }: BrowseRequest,
): AsyncGenerator<BrowseNode> {
  if (deviceId !== undefined) {
    throw new AdapterError("BAD_VALUE", "a server is browsed as a whole; leave the device out");
  }
  const [group = "fast"] = config.groups.keys();
  const rule = toBrowseRule(
    parseWith(browseSchema, { root, include: [...include], depth, maxNodes, group }),
    "device",
  );
  const { tags, problems } = await findTags({
    ...place,
    config: { endpoint: config.endpoint, browse: [rule] },
    taken: new Set(),
  });
  for (const { tag } of tags) {
    yield { kind: "tag", fields: JSON.parse(JSON.stringify(tagFields(tag))) };
  }
  for (const because of problems) yield { kind: "problem", because };
}

const parentSchema = section({ parent: nodePlace });

/** What one node holds, for a tree that is unfolded. @throws {ConfigError} when the node cannot be read. */
export async function serverNodes(
  { config, ...place }: BrowsePlace,
  node: string,
): Promise<NodesAnswer> {
  const [group = "fast"] = config.groups.keys();
  const { parent } = parseWith(parentSchema, { parent: node });
  return await childNodes(place, parent, group);
}
