"use client";
import Link from "next/link";
import { formatCount, formatDateTime, formatSpan } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { bySentence, type Counted, type Node } from "../lib/nodes.ts";
import { causeOf, nodesTexts } from "../lib/nodes-texts.ts";
import { encodePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Explain } from "./explain.tsx";
import { HubText } from "./hub-text.tsx";
import { NodeCounted } from "./node-day.tsx";
import { NodeLife } from "./node-life.tsx";

const { nodes: words } = texts;

interface NodeDetailsProps {
  readonly node: Node;
  /** The hub's time. */
  readonly now: number;
  readonly isOpen: boolean;
}

/** Everything of one edge node or host. */
export function NodeDetails({ node, now, isOpen }: NodeDetailsProps) {
  const { name, kind, notSeen, broken, unadvised, lastAt } = node;
  const path = encodePath(name.split("/"));
  const isInTree = kind === "edge node" && node.state !== "unborn";
  return (
    <div className="grid max-w-[1080px] gap-3 px-4 pt-1 pb-4 sm:pl-10">
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {node.counted === null ? null : <Session counted={node.counted} />}
        {lastAt === null ? null : (
          <p className="text-mute">
            {words.lastHeard(texts.diag.ago(formatSpan(Math.max(0, now - lastAt))))}
          </p>
        )}
        <Ways name={name} path={isInTree ? path : null} />
      </div>
      {isInTree ? <Explain path={path} /> : null}
      {node.counted === null ? null : <Cause counted={node.counted} />}
      {kind === "edge node" && isOpen ? <NodeLife node={node} /> : null}
      {node.counted === null ? null : <NodeCounted counted={node.counted} />}
      {kind === "edge node" ? <BirthsAndAskings node={node} /> : null}
      {broken.length === 0 ? <p>{words.conforms}</p> : null}
      <Statements title={words.broken} list={broken} />
      <Statements title={words.unadvised} list={unadvised} />
      <p className="text-mute">{words.notSeen(notSeen)}</p>
    </div>
  );
}

interface WaysProps {
  readonly name: string;
  /** `null`: it is not in the tree. */
  readonly path: string | null;
}

/** To the other pages that know something of it. */
function Ways({ name, path }: WaysProps) {
  return (
    <p className="flex flex-wrap gap-4">
      {path === null ? null : (
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
  );
}

/** Which session it is, and since when. */
function Session({ counted: { state, since, bdSeq } }: { readonly counted: Counted }) {
  const when = since === 0 ? words.sinceBefore : formatDateTime(since);
  return (
    <p data-session="">
      {words.session(words.states[state], bdSeq === null ? texts.noValue : String(bdSeq), when)}
    </p>
  );
}

/** Why it was asked for its births last: what that means, and what to do. */
function Cause({ counted: { lastRebirth } }: { readonly counted: Counted }) {
  const cause = lastRebirth?.cause ?? null;
  if (cause === null) return null;
  const known = causeOf(cause);
  return (
    <section data-cause={cause}>
      <h4 className="text-xs font-semibold text-mute">{nodesTexts.cause}</h4>
      <p className="mt-1">
        <span className="font-medium">{inOurLanguage(cause)}</span>
        {known === null ? null : `: ${known.means}`}
      </p>
      {known === null ? null : (
        <p className="text-mute">
          {nodesTexts.hint}: {known.hint}
        </p>
      )}
    </section>
  );
}

function BirthsAndAskings({ node: { births, askings } }: { readonly node: Node }) {
  return (
    <>
      <Listed title={words.devices} none={words.noBirths}>
        {births.map(({ device, metrics }) =>
          words.birth(device === null ? words.itself : visibleText(device).text, metrics),
        )}
      </Listed>
      <Listed title={words.asked} none={words.nobody}>
        {askings.map(({ by, cause, passed, held }) =>
          words.asking(
            visibleText(by).text,
            cause === null ? null : inOurLanguage(cause),
            passed,
            held,
          ),
        )}
      </Listed>
    </>
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
            <HubText text={because} isSentence />{" "}
            <span className="figures text-xs text-mute">
              {texts.diag.times(formatCount(count))} · {ids.join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ListedProps {
  readonly title: string;
  readonly none: string;
  readonly children: readonly string[];
}

function Listed({ title, none, children }: ListedProps) {
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
