/** What the filter asks of other rooms than the tree: adapters and their addresses, publishers, broken rules, plain topics. */
import { tagsOf, writtenAddress, type Configuration } from "../configuration/index.ts";
import type { FactKey, GatherFacts, MetricFacts } from "../feed/index.ts";
import { mayDo } from "../identity/index.ts";
import type { UnsTree } from "../tree/index.ts";
import type { Caller } from "./who.ts";

/** An edge node, as rooms name it. */
interface NodeName {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

/** What the guard knows of an edge node. */
interface NodeReport {
  readonly link: { readonly clientId: string } | undefined;
  readonly broken: readonly { readonly count: number }[];
}

export interface FactRooms {
  readonly tree: UnsTree;
  readonly configuration: Pick<Configuration, "adapters">;
  readonly guard: { report(node: NodeName): NodeReport | undefined };
  readonly uns: { isRetained(id: number): boolean };
}

/** Who may only read values learns nothing of adapters, clients and rules. */
export function factsFor(rooms: FactRooms, { principal }: Pick<Caller, "principal">): GatherFacts {
  return async (keys) => {
    const isPlain = [...keys].every((key) => key === "retained");
    if (!isPlain && !mayDo(principal, "read diagnostics")) return undefined;
    return await gathered(rooms, keys);
  };
}

async function gathered(rooms: FactRooms, keys: ReadonlySet<FactKey>): Promise<MetricFacts> {
  const { tree, configuration, guard, uns } = rooms;
  const adapters = new Map(
    configuration.adapters.map((entry) => [nodeKey(entry), [entry.name, entry.protocol]]),
  );
  const addresses = keys.has("addr") ? await addressesOf(configuration) : new Map<string, string>();
  const reports = new Map<string, NodeReport | undefined>();
  const reportOf = (id: number): NodeReport | undefined => {
    const [groupId = "", edgeNodeId = ""] = tree.segments(id);
    const key = nodeKey({ groupId, edgeNodeId });
    if (!reports.has(key)) reports.set(key, guard.report({ groupId, edgeNodeId }));
    return reports.get(key);
  };
  return {
    sources: (id) => {
      const [groupId = "", edgeNodeId = ""] = tree.segments(id);
      return adapters.get(nodeKey({ groupId, edgeNodeId })) ?? [];
    },
    address: (id) => {
      const info = tree.info(id);
      return info && addresses.get(tagKey(info, info.deviceId ?? "", info.name));
    },
    client: (id) => reportOf(id)?.link?.clientId,
    isRetained: (id) => uns.isRetained(id),
    violations: (id) => reportOf(id)?.broken.reduce((sum, { count }) => sum + count, 0) ?? 0,
  };
}

async function addressesOf({
  adapters,
}: Pick<Configuration, "adapters">): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of adapters) {
    const devices = await tagsOf(entry);
    const tags = devices.flatMap((device) =>
      device.tags.map((tag) => ({ ...tag, deviceId: device.deviceId })),
    );
    for (const { name, fields, deviceId } of tags) {
      const address = writtenAddress(fields);
      if (address !== undefined) found.set(tagKey(entry, deviceId, name), address);
    }
  }
  return found;
}

/** No id has a slash. */
function nodeKey({ groupId, edgeNodeId }: NodeName): string {
  return `${groupId}/${edgeNodeId}`;
}

function tagKey(node: NodeName, deviceId: string, name: string): string {
  return `${nodeKey(node)}/${deviceId}/${name}`;
}
