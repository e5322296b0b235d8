/**
 * All tags of one server at each connection: those of the configuration and those that are found by browsing. What was found
 * once is kept: a node that has vanished stays a tag, with the word `node_removed` instead of a value. Where the server did
 * not show the whole, nobody knows what has vanished: what was not seen stays as it was.
 */
import type { ClientSession, NodeId } from "node-opcua-client";
import type { Logger } from "@unshub/adapter";
import type { OpcUaConfig } from "../config.ts";
import type { TagConfig } from "../data-config.ts";
import type { ServerFacts } from "../connect/server-facts.ts";
import type { Library } from "../library.ts";
import { byUri, nodeAddressText } from "../node-id.ts";
import { describeNodes, type NodeDescription } from "./describe-nodes.ts";
import { findTags, isBrowseFailure, withDescription, type Findings } from "./find-tags.ts";
import { propertiesOf } from "./properties.ts";
import type { LocatedTag } from "../values/tag-node.ts";
import { resolveNodes, type ResolvedNode } from "./resolve-nodes.ts";

/** One connection. */
export interface SearchSession {
  readonly session: ClientSession;
  readonly server: ServerFacts;
  readonly signal: AbortSignal;
}

export interface TagFinderOptions {
  /** As it is now: its tags may be others at the next connection. */
  readonly config: OpcUaConfig;
  readonly library: Library;
  readonly log: Logger;
}

const SHOWN_TAGS = 20;

/** Lives as long as the adapter. */
export class TagFinder {
  readonly #options: TagFinderOptions;
  /** What browsing found, by device and name; in the order in which it was found first. */
  readonly #found = new Map<string, TagConfig>();
  /** What the server said of the configuration's tags, by index; of other tags it has to be asked anew. */
  #said: readonly (NodeDescription | undefined)[] = [];
  #saidOf: readonly TagConfig[] | undefined;
  /** Of what server `#found` is. */
  #browsed: string | undefined;
  #removed = new Set<string>();

  constructor(options: TagFinderOptions) {
    this.#options = options;
  }

  /**
   * All tags, those of the configuration first. Browses when it did not yet, or when the server is not as it was.
   * Rejects when the server does not answer.
   */
  async locate(at: SearchSession): Promise<readonly LocatedTag[]> {
    if (this.#browsed !== markOf(at.server)) await this.rebrowse(at);
    return [...(await this.#configured(at)), ...(await this.#known(at))];
  }

  /** Looks again for what is there; answers whether that is something else than before. */
  async rebrowse(at: SearchSession): Promise<boolean> {
    const { config, library, log } = this.#options;
    if (config.browse.length === 0) return false;
    const taken = new Set(config.tags.map(keyOf));
    const startedAt = performance.now();
    const fields = { endpoint: config.endpoint };
    let findings: Findings;
    try {
      findings = await findTags({ ...at, library, config, taken });
    } catch (cause) {
      if (!isBrowseFailure(cause) || this.#browsed === undefined) throw cause;
      log.warn({ ...fields, cause: cause.message }, "could not browse again; the tags stay");
      return false;
    }
    for (const problem of findings.problems) log.warn({ ...fields, problem }, "browsing");
    const ms = Math.round(performance.now() - startedAt);
    log.info({ ...fields, tags: findings.tags.length, ms }, "browsed the OPC UA server");
    this.#browsed = markOf(at.server);
    return this.#take(findings, fields);
  }

  /** Answers whether anything is new, gone or back. */
  #take({ tags, isWhole }: Findings, fields: { readonly endpoint: string }): boolean {
    const before = JSON.stringify([[...this.#found.keys()], [...this.#removed]]);
    const present = new Set(tags.map(({ tag }) => keyOf(tag)));
    for (const { tag } of tags) this.#found.set(keyOf(tag), tag);
    const unseen = [...this.#found.keys()].filter((key) => !present.has(key));
    const removed = isWhole ? unseen : unseen.filter((key) => this.#removed.has(key));
    const kept = unseen.length - removed.length;
    const sentence = "browsing could not see the whole; tags that it did not see stay as they were";
    if (kept > 0) this.#options.log.warn({ ...fields, tags: kept }, sentence);
    this.#removed = new Set(removed);
    return before !== JSON.stringify([[...this.#found.keys()], [...this.#removed]]);
  }

  async #known({ session, server }: SearchSession): Promise<readonly LocatedTag[]> {
    const { library } = this.#options;
    const tags = [...this.#found.values()];
    const places = tags.map(({ node }) => node);
    const nodes = await resolveNodes({ session, server, library }, places);
    return tags.map((tag, index) => {
      if (this.#removed.has(keyOf(tag))) return { tag, node: { reason: "node_removed" } };
      return located(tag, nodes[index]);
    });
  }

  async #configured({ session, server }: SearchSession): Promise<readonly LocatedTag[]> {
    const { config, library } = this.#options;
    const places = config.tags.map(({ node }) => node);
    const nodes = await resolveNodes({ session, server, library }, places);
    if (this.#saidOf !== config.tags) {
      this.#tellIndices(server);
      this.#said = config.describeTags ? await this.#describe(session, server, nodes) : [];
      this.#saidOf = config.tags;
    }
    return config.tags.map((tag, index) => {
      const said = this.#said[index];
      return located(said === undefined ? tag : withDescription(tag, said), nodes[index]);
    });
  }

  async #describe(
    session: ClientSession,
    server: ServerFacts,
    resolved: readonly ResolvedNode[],
  ): Promise<readonly (NodeDescription | undefined)[]> {
    const present = resolved.flatMap((found) => ("nodeId" in found ? [found.nodeId] : []));
    const properties = await propertiesOf(session, present, server);
    const nodes = present.map((nodeId, index) => ({
      nodeId,
      properties: properties[index] ?? new Map<string, NodeId>(),
    }));
    const how = { server, withAccess: false }; // of those that are written `readTagNodes` asks
    const said = (await describeNodes(session, nodes, how)).values();
    return resolved.map((found) => ("nodeId" in found ? said.next().value : undefined));
  }

  /** Tags that are written with an index, as they should be written. */
  #tellIndices({ namespaces }: ServerFacts): void {
    const { config, log } = this.#options;
    const converted = config.tags.flatMap(({ name, node }) => {
      if ("path" in node || "uri" in node.namespace || node.namespace.index === 0) return [];
      const address = byUri(node, namespaces);
      return address === undefined ? [] : [{ name, node: nodeAddressText(address) }];
    });
    if (converted.length === 0) return;
    const fields = { tags: converted.length, write: converted.slice(0, SHOWN_TAGS) };
    log.info(fields, "nodes are given by index, which may change; write them by URI");
  }
}

function located(tag: TagConfig, found: ResolvedNode | undefined): LocatedTag {
  if (found === undefined) return { tag, node: { reason: "no_answer" } };
  return { tag, node: "nodeId" in found ? found.nodeId : found };
}

function keyOf({ device, name }: TagConfig): string {
  return `${device}/${name}`;
}

/** A server that was restarted, or has other namespaces, may have other nodes. */
function markOf({ namespaces, startTime }: ServerFacts): string {
  return JSON.stringify([namespaces, startTime]);
}
