"use client";
import Link from "next/link";
import { useState } from "react";
import { formatCount, formatSpan } from "../lib/format.ts";
import { asSentence } from "../lib/hub-request.ts";
import { bySentence, type Node } from "../lib/nodes.ts";
import { encodePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Explain } from "./explain.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { NodeClockWords, NodeCounted, NodeDay } from "./node-day.tsx";
import { NodeLife } from "./node-life.tsx";

const { nodes: words } = texts;

type State = NonNullable<Node["state"]>;

const SIGNS: Readonly<Record<State, readonly [icon: IconName, colour: string]>> = {
  online: ["disc", "text-mute"],
  offline: ["power", "text-off"],
  "last-known": ["unlink", "text-stale"],
  unborn: ["cross", "text-bad"],
};

/** How an edge node is, in a word with a shape; with how many of them. */
export function NodeSign({ state, count }: { readonly state: State; readonly count?: number }) {
  const [icon, colour] = SIGNS[state];
  return (
    <span className={`flex items-center gap-1.5 whitespace-nowrap ${colour}`}>
      <Icon name={icon} className="size-3.5" />
      {count === undefined ? null : formatCount(count)} {words.states[state]}
    </span>
  );
}

interface NodeRowProps {
  readonly node: Node;
  /** The hub's time. */
  readonly now: number;
  readonly isLinked: boolean;
}

/** One edge node or host in a line; open, its births, who asked for them, and what it broke. */
export function NodeRow({ node, now, isLinked }: NodeRowProps) {
  const { name, state, broken, births, askings, fine, lastAt, counted } = node;
  const asked = askings.reduce((sum, { passed, held }) => sum + passed + held, 0);
  const isNode = node.kind === "edge node";
  const [isOpen, setIsOpen] = useState(isLinked);
  return (
    <details
      open={isLinked}
      className="group"
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary className="node-line">
        <Icon name="chevron" className="size-3.5 text-mute group-open:rotate-90" />
        <span>{state === null ? null : <NodeSign state={state} />}</span>
        <span className="min-w-0 truncate font-medium">{visibleText(name).text}</span>
        <span className="text-mute">
          {counted === null ? null : words.deviceCount(counted.devices.online, counted.devices.all)}
        </span>
        <span className="text-mute">{isNode ? words.births(births.length) : null}</span>
        <span className={asked > 0 ? "" : "text-mute"}>
          {isNode ? words.rebirths(asked) : null}
        </span>
        <span
          className={`flex items-center gap-1.5 ${broken.length > 0 ? "text-bad" : "text-mute"}`}
        >
          {broken.length > 0 ? <Icon name="cross" className="size-3.5" /> : null}
          {broken.length > 0 ? words.brokenCount(broken.length) : words.kept(fine)}
        </span>
        <span className="figures text-xs">
          {counted === null ? null : <NodeClockWords clock={counted.clock} />}
        </span>
        <span>{counted === null ? null : <NodeDay day={counted.day} />}</span>
        <span className="figures text-right text-xs text-mute">
          {lastAt === null ? null : texts.diag.ago(formatSpan(Math.max(0, now - lastAt)))}
        </span>
      </summary>
      <NodeDetails node={node} isOpen={isOpen} />
    </details>
  );
}

function NodeDetails({ node, isOpen }: { readonly node: Node; readonly isOpen: boolean }) {
  const { name, kind, births, askings, notSeen, broken, unadvised } = node;
  const path = encodePath(name.split("/"));
  return (
    <div className="grid max-w-[760px] gap-3 px-4 pt-1 pb-4 sm:pl-10">
      {kind === "host" ? null : (
        <>
          {node.counted === null ? null : <NodeCounted counted={node.counted} />}
          {isOpen ? <NodeLife node={node} /> : null}
          <Listed title={words.devices} none={words.noBirths}>
            {births.map(({ device, metrics }) =>
              words.birth(device === null ? words.itself : visibleText(device).text, metrics),
            )}
          </Listed>
          <Listed title={words.asked} none={words.nobody}>
            {askings.map(({ by, cause, passed, held }) =>
              words.asking(visibleText(by).text, cause, passed, held),
            )}
          </Listed>
        </>
      )}
      {broken.length === 0 ? <p>{words.conforms}</p> : null}
      <Statements title={words.broken} list={broken} />
      <Statements title={words.unadvised} list={unadvised} />
      <p className="text-mute">{words.notSeen(notSeen)}</p>
      <p className="flex flex-wrap gap-4">
        {kind === "host" || node.state === "unborn" ? null : (
          <Link className="text-accent underline" href={`/ns/?p=${path}`} prefetch={false}>
            {texts.commands.show}
          </Link>
        )}
        <Link
          className="text-accent underline"
          href={`/diag/?f=${encodeURIComponent(name)}`}
          prefetch={false}
        >
          {words.findings}
        </Link>
      </p>
      {kind === "host" || node.state === "unborn" ? null : <Explain path={path} />}
    </div>
  );
}

function Statements({ title, list }: { readonly title: string; readonly list: Node["broken"] }) {
  if (list.length === 0) return null;
  return (
    <section>
      <h4 className="text-xs font-semibold text-mute">{title}</h4>
      <ul className="mt-1 grid gap-1">
        {bySentence(list).map(({ ids, count, because }) => (
          <li key={because} className="wrap-anywhere">
            {asSentence(visibleText(because).text)}{" "}
            <span className="figures text-xs text-mute">
              {texts.diag.times(formatCount(count))} · {ids.join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Listed({
  title,
  none,
  children,
}: {
  readonly title: string;
  readonly none: string;
  readonly children: readonly string[];
}) {
  return (
    <section>
      <h4 className="text-xs font-semibold text-mute">{title}</h4>
      {children.length === 0 ? <p className="mt-1 text-mute">{none}</p> : null}
      <ul className="mt-1 grid gap-0.5">
        {children.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}
