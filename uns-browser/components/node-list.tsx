"use client";
import { useEffect, useState } from "react";
import { formatCount } from "../lib/format.ts";
import {
  fitsNode,
  inOrder,
  readNodeList,
  SHOWN_NODES,
  sortedNames,
  writeNodeList,
  type NodeListAddress,
  type NodeSort,
} from "../lib/node-list.ts";
import type { Node } from "../lib/nodes.ts";
import { nodesTexts } from "../lib/nodes-texts.ts";
import { BulkRebirth } from "./bulk-rebirth.tsx";
import { Choice, FilterField } from "./list-filter.tsx";
import { NodeHeads, NodeRow } from "./node-row.tsx";

/** Lines are high and of any height: so many more are drawn each time. */
const STEP = 100;

interface NodeListProps {
  readonly nodes: readonly Node[];
  /** The hub's time. */
  readonly now: number;
  /** The edge node that the address names. */
  readonly linked: string | null;
}

/** Edge nodes in an order that somebody chose, as far as they fit a filter. */
export function NodeList({ nodes, now, linked }: NodeListProps) {
  const [{ which, text, sort }, change] = useAddress();
  const [names, setNames] = useState(() => sortedNames(nodes, sort));
  const [most, setMost] = useState(STEP);
  const sortBy = (by: NodeSort): void => {
    change({ sort: by });
    setNames(sortedNames(nodes, by)); // also by the same again: for now
  };
  const fitting = inOrder(nodes, names).filter((node) => fitsNode(node, text, which));
  const shown = fitting.filter(({ name }, at) => at < most || name === linked);
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 px-4 pb-2.5">
        <FilterField
          label={nodesTexts.filter}
          value={text}
          onChange={(value) => change({ text: value })}
        />
        <Choice
          label={nodesTexts.which}
          all={SHOWN_NODES}
          chosen={which}
          onChange={(one) => change({ which: one })}
        >
          {(one) => nodesTexts.shown[one]}
        </Choice>
        <output className="text-mute">
          {nodesTexts.count(formatCount(fitting.length), formatCount(nodes.length))}
        </output>
        <span className="ml-auto">
          <BulkRebirth nodes={fitting} />
        </span>
      </div>
      <NodeHeads sort={sort} onSort={sortBy} />
      {fitting.length === 0 ? (
        <p className="border-t border-line px-4 py-3 text-mute">{nodesTexts.noMatch}</p>
      ) : null}
      <NodeLines nodes={shown} now={now} linked={linked} />
      {fitting.length > shown.length ? (
        <div className="border-t border-line px-4 py-2.5">
          <button type="button" className="push-button" onClick={() => setMost(most + STEP)}>
            {nodesTexts.more(formatCount(Math.min(STEP, fitting.length - shown.length)))}
          </button>
        </div>
      ) : null}
    </>
  );
}

export function NodeLines({ nodes, now, linked }: NodeListProps) {
  return (
    <ul>
      {nodes.map((node) => (
        <li key={node.name} className="border-t border-line" data-node={node.name}>
          <NodeRow node={node} now={now} isLinked={node.name === linked} />
        </li>
      ))}
    </ul>
  );
}

/** What the address says of the list; it is written with each change. */
function useAddress(): [NodeListAddress, (change: Partial<NodeListAddress>) => void] {
  const [address, setAddress] = useState(() => readNodeList(location.search));
  useEffect(() => {
    const search = writeNodeList(location.search, address);
    if (search !== location.search) history.replaceState(null, "", `${location.pathname}${search}`);
  }, [address]);
  return [address, (change) => setAddress({ ...address, ...change })];
}
