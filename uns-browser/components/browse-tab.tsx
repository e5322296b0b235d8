"use client";
import { useCallback, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import { askHub, isRecord, sentenceOf } from "../lib/hub-request.ts";
import { addNodeTags } from "../lib/new-tags.ts";
import { createOpcuaTree, type OpcuaTree, type TreeLine } from "../lib/opcua-tree.ts";
import { createSignal } from "../lib/signal.ts";
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
  const [isBusy, setIsBusy] = useState(false);
  if (!mayEdit) return <p className="p-4 text-mute">{said.mayNot}</p>;
  const toggle = (line: NodeLine): void => {
    const next = new Map(ticked);
    if (!next.delete(line.key)) next.set(line.key, line);
    setTicked(next);
    setTaken(null);
  };
  const take = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    const { name } = adapter;
    const { problems: failed, tags, keys } = await tagsOf(name, [...ticked.values()]);
    const place = { adapter: name, device: device.id, draft: draftOf(name, device.id) };
    const count = await addNodeTags(sendToHub, place, tags);
    setIsBusy(false);
    if (typeof count === "string") return setProblems([...failed, count]);
    setProblems(failed);
    setTaken(count);
    // What was ticked meanwhile, or could not be had, stays ticked.
    setTicked((now) => new Map([...now].filter(([key]) => !keys.has(key))));
  };
  return (
    <div className="grid gap-3 p-4">
      <p className="max-w-[720px] text-mute">{said.intro}</p>
      <Ticked
        count={ticked.size}
        {...{ taken, isBusy }}
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
  readonly isBusy: boolean;
  readonly onTake: () => void;
  readonly onClear: () => void;
  readonly onToTags: () => void;
}

function Ticked({ count, taken, isBusy, onTake, onClear, onToTags }: TickedProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span data-ticked={count}>{said.ticked(formatCount(count))}</span>
      <button
        type="button"
        className="main-button py-[4px]!"
        aria-disabled={count === 0 || isBusy}
        onClick={() => (count === 0 ? undefined : onTake())}
      >
        {isBusy ? said.asking : said.take}
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
  /** Of the lines that could be had. */
  readonly keys: ReadonlySet<string>;
}

/** Of a folder, the server is asked for all that is in it. */
async function tagsOf(adapter: string, lines: readonly NodeLine[]): Promise<Found> {
  const tags: Found["tags"][number][] = [];
  const problems: string[] = [];
  const keys = new Set<string>();
  for (const { key, node, names } of lines) {
    const below = node.kind === "variable" ? [] : await tagsBelow(adapter, node.node);
    if (typeof below === "string") {
      problems.push(`${said.folderFailed(node.name)} ${below}`);
      continue;
    }
    if (node.tag !== null) tags.push({ names, tag: node.tag });
    tags.push(...below.map((tag) => ({ names: [...names, ...nameIn(tag).split("/")], tag })));
    keys.add(key);
  }
  return { tags, problems, keys };
}

/** A text: they cannot be had, and why. */
async function tagsBelow(adapter: string, root: string): Promise<readonly TagFields[] | string> {
  const answer = await askHub(sendToHub, "POST", `${adapterUrl(adapter)}/browse`, { root });
  if (answer.kind !== "done") return sentenceOf(answer);
  return isRecord(answer.value) ? listOf(answer.value["tags"]) : [];
}
