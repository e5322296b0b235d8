"use client";
import { useState, type ReactNode } from "react";
import { formatCount, formatDateTime, formatDelay, formatPerSecond } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { isClockOff, twoClients, type Counted, type Node } from "../lib/nodes.ts";
import { SORTS, type NodeSort } from "../lib/node-list.ts";
import { nodesTexts } from "../lib/nodes-texts.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Icon } from "./icons.tsx";
import { NodeDay, signed } from "./node-day.tsx";
import { NodeDetails } from "./node-details.tsx";
import { NodeSign } from "./node-sign.tsx";
import { NodeStrip } from "./node-strip.tsx";

const { nodes: words } = texts;

/** In the order of the design; the first one is of the sign that opens a line. */
const COLUMNS = [
  "state",
  "name",
  "devices",
  "bdSeq",
  "seq",
  "births",
  "deaths",
  "rebirths",
  "cause",
  "latency",
  "clock",
  "perSecond",
  "day",
] as const;
type Column = (typeof COLUMNS)[number];

interface NodeHeadsProps {
  readonly sort: NodeSort;
  readonly onSort: (by: NodeSort) => void;
}

/** What the columns of edge nodes are, and by which they are sorted; where there is no room for all, each line says it itself. */
export function NodeHeads({ sort, onSort }: NodeHeadsProps) {
  return (
    <div className="node-line line-heads">
      <span />
      {COLUMNS.map((column) => (
        <span key={column} data-column={column}>
          {isSort(column) ? (
            <button
              type="button"
              className={`hover:text-fg ${sort === column ? "font-semibold text-fg" : ""}`}
              aria-pressed={sort === column}
              aria-label={nodesTexts.sortBy(
                column === "state" ? nodesTexts.sorts.state : words.columns[column],
              )}
              onClick={() => onSort(column)}
            >
              {words.columns[column]}
              {sort === column ? (
                <Icon name="chevron" className="ml-0.5 inline size-3 rotate-90" />
              ) : null}
            </button>
          ) : (
            words.columns[column]
          )}
        </span>
      ))}
    </div>
  );
}

function isSort(column: Column): column is Column & NodeSort {
  return SORTS.some((one) => one === column);
}

interface NodeRowProps {
  readonly node: Node;
  /** The hub's time. */
  readonly now: number;
  readonly isLinked: boolean;
}

/** One edge node or host in a line; open, what it did, its devices, who asked for its births, and what it broke. */
export function NodeRow({ node, now, isLinked }: NodeRowProps) {
  const [isOpen, setIsOpen] = useState(isLinked);
  const rivals = twoClients(node);
  return (
    <details
      open={isLinked}
      className="group"
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary className={node.kind === "host" ? "host-line" : "node-line"}>
        <Icon name="chevron" className="size-3.5 text-mute group-open:rotate-90" />
        {node.kind === "host" ? <HostCells node={node} /> : <NodeCells node={node} />}
        {rivals === null ? null : (
          <span className="line-alarm" data-alarm="two clients">
            <Icon name="cross" className="mt-0.5 size-3.5 shrink-0" />
            <span>
              {words.twoClients(visibleText(inOurLanguage(rivals)).text)}
              <span className="block text-fg">{nodesTexts.twoClientsHint}</span>
            </span>
          </span>
        )}
      </summary>
      <NodeDetails node={node} now={now} isOpen={isOpen} />
    </details>
  );
}

function NodeCells({ node }: { readonly node: Node }) {
  const { state, counted } = node;
  return (
    <>
      <Cell column="state">{state === null ? null : <NodeSign state={state} />}</Cell>
      <Cell column="name">
        <span className="min-w-0 truncate font-medium">{visibleText(node.name).text}</span>
        <Broken node={node} />
      </Cell>
      {counted === null ? <Unknown /> : <Figures counted={counted} />}
    </>
  );
}

/** How many statements of the standard it broke. */
function Broken({ node: { broken } }: { readonly node: Node }) {
  if (broken.length === 0) return null;
  return (
    <span className="flex shrink-0 items-center gap-1 text-xs text-bad">
      <Icon name="cross" className="size-3" />
      {formatCount(broken.length)}
      <span className="sr-only">{words.brokenCount}</span>
    </span>
  );
}

/** Of one that was never born nothing is counted. */
function Unknown() {
  return COLUMNS.slice(2).map((column) => (
    <Cell key={column} column={column}>
      {texts.noValue}
    </Cell>
  ));
}

function Figures({ counted }: { readonly counted: Counted }) {
  const { devices, bdSeq, seq, births, deaths, rebirths, clock, day } = counted;
  const isOnline = counted.state === "online";
  return (
    <>
      <Cell column="devices" isMarked={devices.online < devices.all}>
        {`${devices.online}/${devices.all}`}
      </Cell>
      <Cell column="bdSeq">{bdSeq ?? texts.noValue}</Cell>
      <Cell column="seq">
        <NodeStrip
          life={{ heard: counted.heard, events: counted.recent }}
          summary={words.stripOf(counted.recent.length)}
          className="h-[18px] min-w-0 flex-1"
        />
        <span className="w-7 shrink-0 text-right">{seq ?? texts.noValue}</span>
      </Cell>
      <Cell column="births">{formatCount(births)}</Cell>
      <Cell column="deaths">{formatCount(deaths)}</Cell>
      <Cell column="rebirths">{formatCount(rebirths)}</Cell>
      <Cell column="cause">{causeOf(counted)}</Cell>
      <Cell column="latency">
        {clock === null || !isOnline ? texts.noValue : formatDelay(clock.delayMs)}
      </Cell>
      <Cell column="clock" isMarked={clock !== null && isClockOff(clock)}>
        {clock === null ? texts.noValue : signed(clock.aheadMs)}
      </Cell>
      <Cell column="perSecond">
        {isOnline ? formatPerSecond(counted.perSecond) : texts.noValue}
      </Cell>
      <Cell column="day">
        <NodeDay day={day} />
      </Cell>
    </>
  );
}

/** Why it was asked for its births last; what others do not say, by whom. */
function causeOf({ lastRebirth }: Counted): string {
  if (lastRebirth === null) return texts.noValue;
  const { cause, by } = lastRebirth;
  return visibleText(cause === null ? (by ?? "") : inOurLanguage(cause)).text;
}

function HostCells({ node: { name, said, broken, fine } }: { readonly node: Node }) {
  return (
    <>
      <span>
        {said === null ? null : <NodeSign state={said.isOnline ? "online" : "offline"} />}
      </span>
      <span className="min-w-0 truncate font-medium">{visibleText(name).text}</span>
      <span className="text-mute">
        {said === null ? words.noState : words.hostState(said.isOnline, formatDateTime(said.at))}
      </span>
      <span className={broken.length > 0 ? "text-bad" : "text-mute"}>
        {broken.length > 0
          ? `${formatCount(broken.length)} ${words.brokenCount}`
          : words.kept(fine)}
      </span>
    </>
  );
}

interface CellProps {
  readonly column: Column;
  readonly isMarked?: boolean;
  readonly children: ReactNode;
}

function Cell({ column, isMarked = false, children }: CellProps) {
  const colour = isMarked
    ? "text-stale"
    : column === "name" || column === "state"
      ? ""
      : "text-mute";
  return (
    <span data-column={column} className={colour}>
      <span className="node-label">{words.columns[column]}</span>
      <span className="contents">{children}</span>
    </span>
  );
}
