"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import type { DeviceProps } from "./device-view.tsx";
import { NodeTree } from "./node-tree.tsx";
import { TagsTab } from "./tags-tab.tsx";
import { useNarrow } from "./use-narrow.ts";
import { useNodePicks, type NodePicks } from "./use-node-picks.ts";

const { browse: said } = words;

/** The address space of an OPC UA server beside the tags: what is ticked there, or dragged over, becomes tags of the draft. */
export function BrowseTab(props: DeviceProps) {
  const { adapter, device, go, mayEdit } = props;
  const picks = useNodePicks(adapter.name, device.id, mayEdit);
  const isNarrow = useNarrow();
  if (!mayEdit) return <p className="p-4 text-mute">{said.mayNot}</p>;
  return (
    <div className="browse-beside">
      <section className="fill-column gap-2 p-3" aria-label={said.label}>
        <p className="text-mute">{isNarrow ? said.intro : said.introBeside}</p>
        <Ticked {...picks} onToTags={() => go({ tab: "tags" })} />
        <Problems problems={picks.problems} />
        <NodeTree
          lines={picks.lines}
          isTicked={({ key }) => picks.ticked.has(key)}
          onTick={picks.tick}
          onDrag={isNarrow ? null : picks.drag}
          onToggle={({ key }) => picks.tree?.toggle(key)}
          onRetry={(parent) => picks.tree?.retry(parent)}
        />
      </section>
      {isNarrow ? null : <TagsTab {...props} onNodes={picks.drop} />}
    </div>
  );
}

function Problems({ problems }: Pick<NodePicks, "problems">) {
  return (
    <div role="alert" className="empty:hidden">
      {problems.length === 0 ? null : (
        <ul className="notice notice-stale grid!">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

type TickedProps = Pick<NodePicks, "ticked" | "taken" | "isBusy" | "take" | "clear"> & {
  readonly onToTags: () => void;
};

function Ticked({ ticked: { size }, taken, isBusy, take, clear, onToTags }: TickedProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span data-ticked={size}>{said.ticked(formatCount(size))}</span>
      <button
        type="button"
        className="main-button py-[4px]!"
        aria-disabled={size === 0 || isBusy}
        onClick={take}
      >
        {isBusy ? said.asking : said.take}
      </button>
      {size === 0 ? null : (
        <button type="button" className="push-button" onClick={clear}>
          {said.clear}
        </button>
      )}
      <output>{taken === null ? null : said.taken(formatCount(taken))}</output>
      {taken === null ? null : (
        <button type="button" className="push-button" onClick={onToTags}>
          {said.toTags}
        </button>
      )}
    </div>
  );
}
