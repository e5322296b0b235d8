"use client";
import { useCallback, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import { askHub, isRecord, sentenceOf } from "../lib/hub-request.ts";
import { createOpcuaTree, tagsFor, type OpcuaTree, type TreeLine } from "../lib/opcua-tree.ts";
import { createSignal } from "../lib/signal.ts";
import { withTags } from "../lib/tag-draft.ts";
import { nameIn } from "../lib/tag-rows.ts";
import { adapterUrl, type TagFields } from "../lib/tags.ts";
import { listOf } from "../lib/adapters.ts";
import { sendToHub } from "./browser-world.ts";
import type { DeviceProps } from "./device-view.tsx";
import { NodeTree } from "./node-tree.tsx";
import { draftOf } from "./use-draft.ts";
import { useOpened } from "./use-opened.ts";
import { useSignal } from "./use-signal.ts";

const { browse: said } = words;
const NO_LINES = createSignal<readonly TreeLine[]>([]);

export type NodeLine = Extract<TreeLine, { kind: "node" }>;

/** The address space of an OPC UA server; what is ticked there becomes tags of the draft. */
export function BrowseTab({ adapter, device, go, mayEdit }: DeviceProps) {
  const tree = useTree(adapter.name, mayEdit);
  const lines = useSignal<readonly TreeLine[]>(tree?.lines ?? NO_LINES);
  const [ticked, setTicked] = useState<ReadonlyMap<string, NodeLine>>(new Map());
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [taken, setTaken] = useState<number | null>(null);
  if (!mayEdit) return <p className="p-4 text-mute">{said.mayNot}</p>;
  const toggle = (line: NodeLine): void => {
    const next = new Map(ticked);
    if (!next.delete(line.key)) next.set(line.key, line);
    setTicked(next);
    setTaken(null);
  };
  const take = async (): Promise<void> => {
    const found = await tagsOf(adapter.name, [...ticked.values()]);
    setProblems(found.problems);
    const draft = draftOf(adapter.name, device.id);
    const names = new Set([...draft.get().puts.values()].map(({ fields }) => nameIn(fields)));
    const tags = tagsFor(found.tags, names, undefined);
    if (tags.length > 0)
      draft.set(
        withTags(
          draft.get(),
          tags.map((fields) => ({ key: null, fields })),
        ),
      );
    setTaken(tags.length);
    setTicked(new Map());
  };
  return (
    <div className="grid gap-3 p-4">
      <p className="max-w-[720px] text-mute">{said.intro}</p>
      <Ticked
        count={ticked.size}
        taken={taken}
        onTake={() => void take()}
        onClear={() => setTicked(new Map())}
        onToTags={() => go({ tab: "tags" })}
      />
      <div role="alert" className="empty:hidden">
        {problems.length === 0 ? null : (
          <ul className="notice notice-stale grid!">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </div>
      <NodeTree
        lines={lines}
        isTicked={(line) => ticked.has(line.key)}
        onTick={toggle}
        onToggle={(line) => tree?.toggle(line.key)}
        onRetry={(parent) => tree?.retry(parent)}
      />
    </div>
  );
}

interface TickedProps {
  readonly count: number;
  /** How many tags came into the draft the last time; `null`: none yet. */
  readonly taken: number | null;
  readonly onTake: () => void;
  readonly onClear: () => void;
  readonly onToTags: () => void;
}

function Ticked({ count, taken, onTake, onClear, onToTags }: TickedProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span data-ticked={count}>{said.ticked(formatCount(count))}</span>
      <button
        type="button"
        className="main-button py-[4px]!"
        aria-disabled={count === 0}
        onClick={() => (count === 0 ? undefined : onTake())}
      >
        {said.take}
      </button>
      {count === 0 ? null : (
        <button type="button" className="push-button" onClick={onClear}>
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

function useTree(adapter: string, isWanted: boolean): OpcuaTree | null {
  const open = useCallback(
    () => (isWanted ? createOpcuaTree(sendToHub, adapter) : null),
    [adapter, isWanted],
  );
  return useOpened(open);
}

interface Found {
  readonly tags: readonly { readonly names: readonly string[]; readonly tag: TagFields }[];
  readonly problems: readonly string[];
}

/** Of a folder, the server is asked for all that is in it. */
async function tagsOf(adapter: string, lines: readonly NodeLine[]): Promise<Found> {
  const tags: { names: readonly string[]; tag: TagFields }[] = [];
  const problems: string[] = [];
  for (const { node, names } of lines) {
    if (node.tag !== null) tags.push({ names, tag: node.tag });
    if (node.kind === "variable") continue;
    const answer = await askHub(sendToHub, "POST", `${adapterUrl(adapter)}/browse`, {
      root: node.node,
    });
    if (answer.kind !== "done") {
      problems.push(`${said.folderFailed(node.name)} ${sentenceOf(answer)}`);
      continue;
    }
    const { value } = answer;
    const found = isRecord(value) ? listOf(value["tags"]) : [];
    tags.push(...found.map((tag) => ({ names: [...names, ...nameIn(tag).split("/")], tag })));
  }
  return { tags, problems };
}
