/** Tags that are looked for on a server: walks below each root, keeps what the rule wants, asks what it is, and names it. */
import type { ClientSession, NodeId } from "node-opcua-client";
import { idFault } from "@unshub/sparkplug";
import type { BrowseRule, OpcUaConfig } from "../config.ts";
import type { TagConfig } from "../data-config.ts";
import type { ServerFacts } from "../connect/server-facts.ts";
import { OpcUaError } from "../errors.ts";
import type { Library } from "../library.ts";
import {
  byUri,
  locateNode,
  nodeAddressText,
  parseNodeAddress,
  type NodeAddress,
} from "../node-id.ts";
import { describeNodes, type NodeDescription } from "./describe-nodes.ts";
import { PathFilter } from "./glob.ts";
import { resolveNodes } from "./resolve-nodes.ts";
import { cleanLevel, distinctNames, nameOf, type TagName } from "./tag-names.ts";
import { unseenText, walk, type Walk, type WalkedNode } from "./walk.ts";

/** What looking for tags needs. */
export interface SearchOptions {
  readonly session: ClientSession;
  readonly server: ServerFacts;
  readonly library: Library;
  readonly config: Pick<OpcUaConfig, "browse" | "devicesFrom" | "endpoint">;
  /** Names that are given already, as `device/name`. */
  readonly taken: ReadonlySet<string>;
  readonly signal: AbortSignal;
  onProgress?(visited: number): void;
}

/** A tag that was found, and its node now. */
export interface FoundTag {
  readonly tag: TagConfig;
  readonly nodeId: NodeId;
}

/** What was found, and sentences about what was not. */
export interface Findings {
  readonly tags: readonly FoundTag[];
  readonly problems: readonly string[];
  /** Whether the server showed all of it: what is not among the tags is not there. */
  readonly isWhole: boolean;
}

export const HIERARCHICAL_REFERENCES = "i=33";

/** All rules, one after the other; a node that two rules find belongs to the first. Rejects when the server refuses to be browsed. */
export async function findTags(options: SearchOptions): Promise<Findings> {
  const devices = await findDevices(options);
  const problems: string[] = [...devices.problems];
  let isWhole = devices.isWhole;
  const candidates = new Map<string, Candidate>();
  for (const [index, rule] of options.config.browse.entries()) {
    const found = await walkRule(options, rule);
    if (found.problem !== undefined) problems.push(`browse[${index}]: ${found.problem}`);
    isWhole &&= found.isWhole;
    for (const node of found.nodes) {
      const key = node.nodeId.toString();
      if (!candidates.has(key)) candidates.set(key, placed(node, rule, devices.byNode));
    }
  }
  return { tags: await toTags(options, [...candidates.values()]), problems, isWhole };
}

/** A variable that becomes a tag. */
interface Candidate {
  readonly node: WalkedNode;
  readonly rule: BrowseRule;
  readonly device: string;
  /** From the root, or from the device, to the node. */
  readonly way: readonly WalkedNode[];
}

async function walkRule(
  options: SearchOptions,
  rule: BrowseRule,
): Promise<{
  readonly nodes: readonly WalkedNode[];
  readonly problem?: string;
  readonly isWhole: boolean;
}> {
  const [root] = await resolveNodes(options, [rule.root]);
  if (root === undefined || "reason" in root) {
    const problem = `the server does not have the root (${root?.reason})`;
    return { nodes: [], problem, isWhole: true };
  }
  const referenceType =
    rule.refs === "hierarchical" ? HIERARCHICAL_REFERENCES : locateNode(rule.refs, options.server);
  if (referenceType === undefined) {
    const problem = "the server does not have the namespace of refs";
    return { nodes: [], problem, isWhole: true };
  }
  const filter = new PathFilter(rule.include, rule.exclude);
  const walked = await walk({
    ...options,
    root: root.nodeId,
    referenceType,
    depth: rule.depth,
    maxNodes: rule.maxNodes,
    withProperties: rule.properties,
    enters: (node) => !filter.prunes(pathOf(node, rule)),
  });
  const nodes = walked.nodes.filter((node) => node.isVariable && filter.wants(pathOf(node, rule)));
  const problem = leftOut(walked, "there are more nodes than maxNodes; the rest is left out");
  return problem === undefined ? { nodes, isWhole: true } : { nodes, problem, isWhole: false };
}

/** What a walk has not seen, as a sentence. */
function leftOut({ cutBy, unseen }: Walk, whenTooMany: string): string | undefined {
  if (cutBy === "maxNodes") return whenTooMany;
  if (cutBy === "time") return "not all was seen within 60 s; the rest is left out";
  if (cutBy === "stop") return "ended before all was seen";
  return unseen && unseenText(unseen);
}

/** The objects that are devices, by node id. */
async function findDevices(
  options: SearchOptions,
): Promise<Omit<Findings, "tags"> & { readonly byNode: ReadonlyMap<string, string> }> {
  const { devicesFrom } = options.config;
  const byNode = new Map<string, string>();
  if (devicesFrom === undefined) return { byNode, problems: [], isWhole: true };
  const [root] = await resolveNodes(options, [devicesFrom.root]);
  if (root === undefined || "reason" in root) {
    const problems = [`devicesFrom: the server does not have the path`];
    return { byNode, problems, isWhole: true };
  }
  const walked = await walk({
    ...options,
    root: root.nodeId,
    referenceType: HIERARCHICAL_REFERENCES,
    depth: devicesFrom.level,
    maxNodes: MOST_DEVICES,
    withProperties: false,
    enters: ({ isVariable }) => !isVariable,
  });
  for (const { nodeId, isVariable, depth, browseName } of walked.nodes) {
    const name = cleanLevel(browseName);
    const isDevice = !isVariable && depth === devicesFrom.level;
    if (isDevice && idFault("device", name) === undefined) byNode.set(nodeId.toString(), name);
  }
  const problem = leftOut(
    walked,
    `there are more than ${MOST_DEVICES} nodes; the rest is left out`,
  );
  if (problem === undefined) return { byNode, problems: [], isWhole: true };
  return { byNode, problems: [`devicesFrom: ${problem}`], isWhole: false };
}

const MOST_DEVICES = 10_000;

function placed(
  node: WalkedNode,
  rule: BrowseRule,
  devices: ReadonlyMap<string, string>,
): Candidate {
  const way: WalkedNode[] = [];
  for (let at: WalkedNode | undefined = node; at !== undefined; at = at.parent) {
    const device = devices.get(at.nodeId.toString());
    if (device !== undefined) return { node, rule, device, way };
    if (at.parent !== undefined) way.unshift(at);
  }
  return { node, rule, device: rule.device, way };
}

async function toTags(
  options: SearchOptions,
  candidates: readonly Candidate[],
): Promise<readonly FoundTag[]> {
  const { session, server } = options;
  const nodes = candidates.map(({ node }) => node);
  const descriptions = await describeNodes(session, nodes, { server, withAccess: true });
  const found = candidates.flatMap((candidate, index) => {
    const description = descriptions[index];
    const address = addressOf(candidate.node.nodeId, server);
    const isUsable = description?.isReadable === true && address !== undefined;
    return isUsable ? [{ candidate, description, address, name: ruleName(candidate) }] : [];
  });
  const byDevice = Map.groupBy(found, ({ candidate }) => candidate.device);
  return [...byDevice].flatMap(([device, own]) => {
    const named = own.map(({ name, address }) => ({ name, nodeId: nodeAddressText(address) }));
    const names = distinctNames(named, namesOf(device, options.taken));
    return own.map((each, index) => {
      return { nodeId: each.candidate.node.nodeId, tag: toTag(each, names[index] ?? each.name) };
    });
  });
}

/** The node by the URI of its namespace; `undefined` for ids that cannot be written. */
function addressOf(nodeId: NodeId, { namespaces }: ServerFacts): NodeAddress | undefined {
  const parsed = parseNodeAddress(nodeId.toString());
  return "address" in parsed ? byUri(parsed.address, namespaces) : undefined;
}

function ruleName({ node, rule, way }: Candidate): TagName {
  const { naming, template } = rule;
  if (naming === "nodeId") {
    const identifier = node.nodeId.toString().replace(/^ns=\d+;/, "");
    return nameOf({ path: [identifier], template });
  }
  return nameOf({ path: way.map((step) => levelOf(step, rule)), template });
}

function namesOf(device: string, taken: ReadonlySet<string>): ReadonlySet<string> {
  const prefix = `${device}/`;
  const own = [...taken].filter((name) => name.startsWith(prefix));
  return new Set(own.map((name) => name.slice(prefix.length)));
}

function toTag(
  found: {
    readonly candidate: Candidate;
    readonly description: NodeDescription;
    readonly address: NodeAddress;
  },
  { name, original }: TagName,
): TagConfig {
  const { rule, device } = found.candidate;
  const tag: TagConfig = {
    name,
    device,
    node: found.address,
    group: rule.group,
    access: rule.access === "asServer" && found.description.isWritable ? "rw" : "r",
    rule: rule.rule,
    write: WRITE_HABITS,
    values: rule.values,
  };
  const described = withDescription(tag, found.description);
  return original === undefined ? described : { ...described, originalName: original };
}

const WRITE_HABITS: TagConfig["write"] = {
  round: false,
  verify: "readBack",
  verifyAfterMs: 50,
  verifyTimeoutMs: 2_000,
  idempotent: false,
};

/** The tag, with what the server says where the configuration says nothing. */
export function withDescription(tag: TagConfig, said: NodeDescription): TagConfig {
  const { unit = said.unit, description = said.description } = tag;
  const euRange = tag.rule.euRange ?? said.euRange;
  const enumTexts = tag.enumTexts ?? said.enumTexts;
  return {
    ...tag,
    rule: euRange === undefined ? tag.rule : { ...tag.rule, euRange },
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(enumTexts === undefined ? {} : { enumTexts }),
  };
}

/** The names below the root, as a filter sees them. */
function pathOf(node: WalkedNode, rule: BrowseRule): string {
  const levels: string[] = [];
  for (let at: WalkedNode | undefined = node; at?.parent !== undefined; at = at.parent) {
    levels.unshift(cleanLevel(levelOf(at, rule)));
  }
  return levels.join("/");
}

function levelOf({ browseName, displayName }: WalkedNode, { naming }: BrowseRule): string {
  return naming === "displayPath" ? displayName : browseName;
}

/** Whether a failure is one of browsing, after which all that was known still holds. */
export function isBrowseFailure(cause: unknown): cause is OpcUaError {
  return cause instanceof OpcUaError && ["BROWSE_FAILED", "READ_FAILED"].includes(cause.code);
}
