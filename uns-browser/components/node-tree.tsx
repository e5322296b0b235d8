"use client";
import { useId, useState, type KeyboardEvent } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatValue } from "../lib/format.ts";
import { placeOfLine, type NodeLine, type TreeLine } from "../lib/opcua-tree.ts";
import { wireValue } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { Cell } from "./cell.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { NODE_DRAG } from "./node-drop.tsx";
import { accessText, NodeFacts } from "./node-facts.tsx";

const { browse: said } = words;
const INDENT_PX = 18;
const COLUMNS = ["name", "type", "value", "access"] as const;

interface NodeTreeProps {
  readonly lines: readonly TreeLine[];
  readonly isTicked: (line: NodeLine) => boolean;
  readonly onTick: (line: NodeLine) => void;
  /** `null`: nodes cannot be dragged anywhere. Told `null`: the drag is over, wherever it ended. */
  readonly onDrag: ((line: NodeLine | null) => void) | null;
  readonly onToggle: (line: NodeLine) => void;
  readonly onRetry: (parent: string) => void;
}

/** The nodes of a server, unfolded one by one: arrows move and unfold, the space bar ticks. */
export function NodeTree(props: NodeTreeProps) {
  const { lines, onTick, onToggle } = props;
  const [active, setActive] = useState(""); // a key: places change when children come
  const id = useId();
  const at = placeOfLine(lines, active);
  const onKeyDown = (event: KeyboardEvent): void => {
    const line = lines[at];
    const next = movedTo(event.key, at, lines.length);
    const act = line?.kind === "node" ? actOf(event.key, line) : null;
    if (next === null && act === null) return;
    event.preventDefault();
    if (next !== null) {
      setActive(lines[next]?.key ?? "");
      document.getElementById(`${id}${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (line?.kind === "node") (act === "tick" ? onTick : onToggle)(line);
  };
  return (
    <div className="fill-column gap-2">
      <div
        role="treegrid"
        tabIndex={0}
        aria-label={said.label}
        aria-activedescendant={lines.length === 0 ? undefined : `${id}${at}`}
        aria-busy={lines.length === 0}
        className="tag-scroll node-scroll rounded-md border border-line"
        onKeyDown={(event) => (isOfItsOwn(event) ? undefined : onKeyDown(event))}
      >
        <Cell as="row" className="node-tree-row tag-head border-t-0!">
          {COLUMNS.map((key) => (
            <Cell key={key} as="columnheader" data-column={key}>
              {said.columns[key]}
            </Cell>
          ))}
        </Cell>
        {lines.map((line, place) =>
          line.kind === "node" ? (
            <NodeRow
              key={line.key}
              {...props}
              id={`${id}${place}`}
              line={line}
              isActive={place === at}
              onActive={() => setActive(line.key)}
            />
          ) : (
            <NoteRow key={line.key} id={`${id}${place}`} line={line} onRetry={props.onRetry} />
          ),
        )}
      </div>
      <NodeFacts line={lines[at]} />
    </div>
  );
}

/** What a button or a tick in a line does when it is pressed itself. */
function isOfItsOwn({ key, target }: KeyboardEvent): boolean {
  const isPress = key === "Enter" || key === " ";
  return isPress && target instanceof Element && target.closest("button, input") !== null;
}

/** What a key does to the line that it is pressed on. */
function actOf(key: string, line: NodeLine): "toggle" | "tick" | null {
  const { isOpen, node } = line;
  if (key === " ") return canBeTag(line) ? "tick" : null;
  if (!node.mayHaveChildren) return null;
  const isToggled = key === "Enter" || (isOpen ? key === "ArrowLeft" : key === "ArrowRight");
  return isToggled ? "toggle" : null;
}

/** A folder stands for all that is in it. */
function canBeTag({ node }: NodeLine): boolean {
  return node.kind === "object" || node.tag !== null;
}

function movedTo(key: string, at: number, count: number): number | null {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -count, End: count }[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, at + step));
}

type NodeRowProps = Omit<NodeTreeProps, "lines" | "onRetry"> & {
  readonly id: string;
  readonly line: NodeLine;
  readonly isActive: boolean;
  readonly onActive: () => void;
};

function NodeRow(props: NodeRowProps) {
  const { id, line, isActive, isTicked, onTick, onDrag, onToggle, onActive } = props;
  const { node, level, isOpen } = line;
  const name = visibleText(node.name).text;
  return (
    <Cell
      as="row"
      id={id}
      aria-level={level}
      aria-expanded={node.mayHaveChildren ? isOpen : undefined}
      aria-selected={isActive}
      data-node={node.node}
      className="node-tree-row tag-line relative! contain-none!"
      draggable={onDrag !== null && canBeTag(line)}
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData(NODE_DRAG, node.node);
        dataTransfer.effectAllowed = "copy";
        onDrag?.(line);
      }}
      onDragEnd={() => onDrag?.(null)}
      onClick={onActive}
    >
      <Cell
        as="rowheader"
        className="flex min-w-0 items-center gap-1"
        style={{ paddingLeft: (level - 1) * INDENT_PX }}
      >
        {node.mayHaveChildren ? (
          <button
            type="button"
            tabIndex={-1}
            className="icon-button size-6! shrink-0"
            aria-label={isOpen ? said.fold(name) : said.unfold(name)}
            onClick={() => onToggle(line)}
          >
            <Icon name="chevron" className={`size-3.5 ${isOpen ? "rotate-90" : ""}`} />
          </button>
        ) : (
          <span className="w-6 shrink-0" />
        )}
        <Tick {...{ line, name, onTick }} isTicked={isTicked(line)} />
        <span className={`truncate ${node.kind === "object" ? "font-medium" : ""}`}>{name}</span>
      </Cell>
      <Cell as="gridcell" data-column="type" className="figures truncate text-xs">
        {node.type}
      </Cell>
      <Cell as="gridcell" data-column="value" className="figures truncate text-xs">
        <NodeValue line={line} />
      </Cell>
      <Cell as="gridcell" data-column="access" className="truncate text-xs text-mute">
        {accessText(line)}
      </Cell>
    </Cell>
  );
}

function Tick({
  line,
  name,
  isTicked,
  onTick,
}: Pick<NodeRowProps, "line" | "onTick"> & { readonly name: string; readonly isTicked: boolean }) {
  const { node } = line;
  if (!canBeTag(line)) return <span className="w-6 shrink-0" />;
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      className="size-4 shrink-0"
      aria-label={node.kind === "object" ? said.tickAll(name) : said.tick(name)}
      checked={isTicked}
      onChange={() => onTick(line)}
    />
  );
}

function NodeValue({ line: { node } }: { readonly line: NodeLine }) {
  if (node.reason !== null) {
    return (
      <span className="text-bad">
        <HubText text={node.reason} />
      </span>
    );
  }
  if (node.value === undefined) return null;
  return <>{formatValue(wireValue(node.value, node.type), node.type ?? undefined).text}</>;
}

function NoteRow({
  id,
  line,
  onRetry,
}: {
  readonly id: string;
  readonly line: Extract<TreeLine, { kind: "note" }>;
  readonly onRetry: (parent: string) => void;
}) {
  const { level, note, because, parent } = line;
  const text = note === "asking" ? said.asking : note === "empty" ? said.empty : because;
  return (
    <Cell as="row" id={id} aria-level={level} className="border-t border-line" data-note={note}>
      <Cell
        as="gridcell"
        className={`flex min-h-7 flex-wrap items-center gap-2 px-2 ${note === "failed" ? "text-bad" : "text-mute"}`}
        style={{ paddingLeft: level * INDENT_PX + 14 }}
      >
        <HubText text={text} />
        {note === "failed" ? (
          <button type="button" className="push-button text-fg" onClick={() => onRetry(parent)}>
            {texts.failed.retry}
          </button>
        ) : null}
      </Cell>
    </Cell>
  );
}
