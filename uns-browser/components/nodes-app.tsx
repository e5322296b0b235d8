"use client";
import { useState } from "react";
import { formatTime } from "../lib/format.ts";
import { askNodes, type Node, type Nodes } from "../lib/nodes.ts";
import { heldBack } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon } from "./icons.tsx";
import { NewsBar } from "./news-bar.tsx";
import { NodeLines, NodeList } from "./node-list.tsx";
import { NodeSign } from "./node-sign.tsx";
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
      <div className="mx-auto grid max-w-[1600px] gap-4">
        <PageHead title={texts.pages.nodes} intro={words.intro} />
        <PolledState polled={polled} onRetry={() => void NODES.running.get()?.refresh()} />
        {polled.kind === "ready" ? <Lists value={polled.value} /> : null}
      </div>
    </PageShell>
  );
}

function Lists({ value: { now, nodes, isCut } }: { readonly value: Nodes }) {
  const { known, learn } = useKnown(nodes, keyOf);
  const { shown, news } = heldBack(nodes, keyOf, known);
  const [linked] = useState(() => new URLSearchParams(location.search).get("n"));
  const edgeNodes = shown.filter(({ kind }) => kind === "edge node");
  const hosts = shown.filter(({ kind }) => kind === "host");
  return (
    <>
      <p className="flex flex-wrap gap-x-5 gap-y-1">
        {(["online", "offline", "last-known", "unborn"] as const).map((state) => {
          const count = edgeNodes.filter((node) => node.state === state).length;
          return count === 0 ? null : <NodeSign key={state} state={state} count={count} />;
        })}
        <span className="flex flex-wrap gap-x-5 sm:ml-auto">
          {hosts.length > MOST_HOSTS
            ? null
            : hosts.map((host) => <Said key={host.name} host={host} />)}
        </span>
      </p>
      {isCut ? <p className="text-stale">{words.isCut(edgeNodes.length)}</p> : null}
      <NewsBar news={news} onShow={learn} />
      <section className="rounded-lg border border-line bg-panel">
        <h3 className="px-4 py-2.5 font-semibold">{words.edgeNodes}</h3>
        {edgeNodes.length === 0 ? (
          <None text={words.noneNodes} />
        ) : (
          <NodeList key={known.size} nodes={edgeNodes} {...{ now, linked }} />
        )}
      </section>
      <section className="rounded-lg border border-line bg-panel">
        <h3 className="px-4 py-2.5 font-semibold">{words.hosts}</h3>
        {hosts.length === 0 ? <None text={words.noneHosts} /> : null}
        <NodeLines nodes={hosts} {...{ now, linked }} />
      </section>
    </>
  );
}

/** So many hosts are told of above the lists, too. */
const MOST_HOSTS = 2;

/** What a host says of itself: edge nodes that wait for it send nothing while it is offline. */
function Said({ host: { name, said } }: { readonly host: Node }) {
  if (said === null) return null;
  return (
    <span
      className={`flex items-center gap-1.5 ${said.isOnline ? "text-mute" : "text-bad"}`}
      data-host={name}
    >
      <Icon name={said.isOnline ? "disc" : "power"} className="size-3.5" />
      {words.hostSaid(visibleText(name).text, words.hostState(said.isOnline, formatTime(said.at)))}
    </span>
  );
}

function None({ text }: { readonly text: string }) {
  return <p className="border-t border-line px-4 py-3 text-mute">{text}</p>;
}
