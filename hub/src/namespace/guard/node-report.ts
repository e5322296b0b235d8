/** What the guard knows of one edge node, for those who explain it. */
import type { RuleCode } from "../../config/index.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { NodeLink, Repeated } from "./node-link.ts";
import type { NodeState } from "./node-state.ts";
import type { Standings } from "./standings.ts";

/** Times are milliseconds since 1970 UTC. */
export interface NodeReport {
  readonly link: NodeLink | undefined;
  /** The `bdSeq` of its last CONNECT's Will. */
  readonly willBdSeq: number | undefined;
  readonly refused: Repeated | undefined;
  /** Rebirth requests; `what`: who asked last. */
  readonly asks: Repeated | undefined;
  /** The newest first. */
  readonly broken: readonly RuleBroken[];
}

/** One rule that the edge node has broken. */
export interface RuleBroken {
  readonly code: RuleCode;
  readonly title: string;
  readonly advice: string;
  readonly because: string;
  readonly count: number;
  readonly lastAt: number;
}

export function nodeReport(node: NodeState, standings: Standings): NodeReport {
  const { link, willBdSeq, refused, asks, groupId, edgeNodeId } = node;
  const subject = standings.find("edge node", `${groupId}/${edgeNodeId}`);
  const broken = [...(subject?.broken.values() ?? [])].map(({ code, because, count, lastAt }) => {
    const { title, advice } = CATALOGUE[code];
    return { code, title, advice, because, count, lastAt };
  });
  return {
    link,
    willBdSeq,
    refused,
    asks,
    broken: broken.toSorted((a, b) => b.lastAt - a.lastAt),
  };
}
