/**
 * Figures of Sparkplug for Prometheus. Group and edge node are labels, since they are what a plant looks for; how many
 * there may be is bounded, the rest stand together as `_other`.
 */
import type { Registry } from "prom-client";
import type { NodeSession } from "../tree/index.ts";
import type { AwareReports } from "./aware-routes.ts";
import { counter, gauge, type Sample } from "./figures.ts";

export interface SparkplugSources {
  /** Edge nodes that have labels of their own. */
  readonly maxNodes: number;
  /** By type of message. */
  passed(): ReadonlyMap<string, { readonly messages: number }>;
  /** By rule. */
  rejected(): ReadonlyMap<string, number>;
  /** The edge nodes that were ever heard. */
  nodes(): Iterable<Pick<NodeSession, "groupId" | "edgeNodeId" | "chronicle"> & OwnState>;
  rebirths(): Pick<ReturnType<AwareReports["rebirths"]>, "passed" | "held" | "byNode">;
  /** Of the whole tree. */
  counts(): { readonly metrics: number; readonly stale: number };
}

interface OwnState {
  readonly own: Pick<NodeSession["own"], "state">;
}

export function addSparkplug(registry: Registry, sources: SparkplugSources): void {
  counter(
    registry,
    "unshub_sparkplug_messages_total",
    "Sparkplug messages that passed, by type.",
    () => [...sources.passed()].map(([type, { messages }]) => [{ type }, messages]),
  );
  counter(
    registry,
    "unshub_sparkplug_rejected_total",
    "Packets that the guard refused, by the first rule that refused them.",
    () => [...sources.rejected()].map(([rule, count]) => [{ rule }, count]),
  );
  gauge(registry, "unshub_sparkplug_metrics", "Metrics that are live.", () => {
    const { metrics, stale } = sources.counts();
    return [[{}, metrics - stale]];
  });
  const labels = new NodeLabels(sources.maxNodes);
  addNodes(registry, sources, labels);
  addRebirths(registry, sources, labels);
}

function addNodes(registry: Registry, sources: SparkplugSources, labels: NodeLabels): void {
  gauge(
    registry,
    "unshub_sparkplug_node_online",
    "1 while the edge node is online; of the rest together how many are.",
    () =>
      labels.samples(sources.nodes(), ({ groupId, edgeNodeId, own }) => ({
        edgeNode: `${groupId}/${edgeNodeId}`,
        value: own.state === "online" ? 1 : 0,
      })),
  );
  counter(
    registry,
    "unshub_sparkplug_sequence_gaps_total",
    "Gaps in the sequence numbers of an edge node since the hub started: messages are missing.",
    () =>
      labels.samples(sources.nodes(), ({ groupId, edgeNodeId, chronicle }) => ({
        edgeNode: `${groupId}/${edgeNodeId}`,
        value: chronicle.troubles.get("gap")?.count ?? 0,
      })),
  );
}

function addRebirths(registry: Registry, sources: SparkplugSources, labels: NodeLabels): void {
  const add = (name: string, help: string, became: "passed" | "held"): void =>
    counter(registry, name, help, () => {
      const { byNode, [became]: all } = sources.rebirths();
      const counted = [...byNode.values()].reduce((sum, counts) => sum + counts[became], 0);
      const samples = labels.samples(byNode, ([edgeNode, counts]) => ({
        edgeNode,
        value: counts[became],
      }));
      return all > counted ? withRest(samples, all - counted) : samples;
    });
  add(
    "unshub_sparkplug_rebirth_requests_total",
    "Requests for rebirth that went to the edge node.",
    "passed",
  );
  add(
    "unshub_sparkplug_rebirth_requests_held_total",
    "Requests for rebirth that the rebirth shield held back.",
    "held",
  );
}

/** Group and edge node of what has no label of its own. */
const REST = { group: "_other", node: "_other" };

/** Who has labels keeps them: a counter that moved to the rest would seem to begin anew. */
class NodeLabels {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** One sample for each edge node that has labels, and one for the sum of all others. */
  samples<T>(
    all: Iterable<T>,
    read: (one: T) => { readonly edgeNode: string; readonly value: number },
  ): readonly Sample[] {
    const samples: Sample[] = [];
    let rest: number | undefined;
    for (const one of all) {
      const { edgeNode, value } = read(one);
      if (this.#admits(edgeNode)) samples.push([labelsOf(edgeNode), value]);
      else rest = (rest ?? 0) + value;
    }
    return rest === undefined ? samples : withRest(samples, rest);
  }

  #admits(edgeNode: string): boolean {
    if (this.#known.has(edgeNode)) return true;
    if (this.#known.size >= this.#max) return false;
    this.#known.add(edgeNode);
    return true;
  }
}

/** Ids have no slash. */
function labelsOf(edgeNode: string): { readonly group: string; readonly node: string } {
  const [group = "", node = ""] = edgeNode.split("/");
  return { group, node };
}

function withRest(samples: readonly Sample[], more: number): readonly Sample[] {
  const last = samples.at(-1);
  if (last?.[0] !== REST) return [...samples, [REST, more]];
  return [...samples.slice(0, -1), [REST, last[1] + more]];
}
