"use client";
import { useState } from "react";
import { askNodes, type Node, type Nodes } from "../lib/nodes.ts";
import { heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { NewsBar } from "./news-bar.tsx";
import { NodeRow, NodeSign } from "./node-row.tsx";
import { PageHead, PageShell, PolledState } from "./page-shell.tsx";
import { useAccount } from "./use-account.ts";
import { useKnown } from "./use-known.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { nodes: words } = texts;
const NODES = pagePoll({ everyMs: 5000, ask: askNodes });
const keyOf = ({ kind, name }: Node): string => `${kind} ${name}`;

/** Edge nodes and hosts, as long as the page is open. */
export function NodesApp() {
  const account = useAccount();
  const polled = usePoll(NODES);
  return (
    <PageShell account={account} current="nodes" polled={polled}>
      <div className="mx-auto grid max-w-[1280px] gap-4">
        <PageHead title={texts.pages.nodes} intro={words.intro} />
        <PolledState polled={polled} onRetry={() => void NODES.running.get()?.refresh()} />
        {polled.kind === "ready" ? <Lists value={polled.value} /> : null}
      </div>
    </PageShell>
  );
}

function Lists({ value: { now, nodes } }: { readonly value: Nodes }) {
  const { known, learn } = useKnown(nodes, keyOf);
  const { shown, news } = heldBack(nodes, keyOf, known);
  const [linked] = useState(() => new URLSearchParams(location.search).get("n"));
  const edgeNodes = shown.filter(({ kind }) => kind === "edge node");
  const parts = [
    [words.edgeNodes, edgeNodes, words.noneNodes],
    [words.hosts, shown.filter(({ kind }) => kind === "host"), words.noneHosts],
  ] as const;
  return (
    <>
      <p className="flex flex-wrap gap-x-5 gap-y-1">
        {(["online", "offline", "last-known", "unborn"] as const).map((state) => {
          const count = edgeNodes.filter((node) => node.state === state).length;
          return count === 0 ? null : <NodeSign key={state} state={state} count={count} />;
        })}
      </p>
      <NewsBar news={news} onShow={learn} />
      {parts.map(([title, list, none]) => (
        <section key={title} className="rounded-lg border border-line bg-panel">
          <h3 className="px-4 py-2.5 font-semibold">{title}</h3>
          {list.length === 0 ? (
            <p className="border-t border-line px-4 py-3 text-mute">{none}</p>
          ) : null}
          <ul>
            {list.map((node) => (
              <li key={keyOf(node)} className="border-t border-line" data-node={node.name}>
                <NodeRow node={node} now={now} isLinked={node.name === linked} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
