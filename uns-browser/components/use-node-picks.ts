import { useCallback, useRef, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { askHub, isRecord, sentenceOf } from "../lib/hub-request.ts";
import { listOf } from "../lib/json-parts.ts";
import { addNodeTags } from "../lib/new-tags.ts";
import {
  createOpcuaTree,
  type NodeLine,
  type OpcuaTree,
  type TreeLine,
} from "../lib/opcua-tree.ts";
import { createSignal } from "../lib/signal.ts";
import { nameIn } from "../lib/tag-rows.ts";
import { adapterUrl, type TagFields } from "../lib/tags.ts";
import { sendToHub } from "./browser-world.ts";
import { draftOf } from "./use-draft.ts";
import { useOpened } from "./use-opened.ts";
import { useSignal } from "./use-signal.ts";

const NO_LINES = createSignal<readonly TreeLine[]>([]);
const NONE: ReadonlyMap<string, NodeLine> = new Map();

/** Nodes of a server, and which of them shall become tags of the draft. */
export interface NodePicks {
  readonly tree: OpcuaTree | null;
  readonly lines: readonly TreeLine[];
  /** By their keys. */
  readonly ticked: ReadonlyMap<string, NodeLine>;
  /** Why some did not become tags. */
  readonly problems: readonly string[];
  /** How many became tags the last time; `null`: none yet. */
  readonly taken: number | null;
  readonly isBusy: boolean;
  readonly tick: (line: NodeLine) => void;
  readonly clear: () => void;
  /** Those that are ticked become tags. */
  readonly take: () => void;
  /** A node is dragged: it, or all that are ticked with it. `null`: no longer, wherever it was let go. */
  readonly drag: (line: NodeLine | null) => void;
  /** What was dragged was let go where it becomes tags. */
  readonly drop: () => void;
}

export function useNodePicks(adapter: string, device: string, isWanted: boolean): NodePicks {
  const tree = useTree(adapter, isWanted);
  const lines = useSignal<readonly TreeLine[]>(tree?.lines ?? NO_LINES);
  const [ticked, setTicked] = useState(NONE);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [taken, setTaken] = useState<number | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const dragged = useRef<readonly NodeLine[]>([]);
  const last = useRef(Promise.resolve());
  const take = async (wanted: readonly NodeLine[]): Promise<void> => {
    setIsBusy(true);
    const { problems: failed, tags, keys } = await tagsOf(adapter, wanted);
    const place = { adapter, device, draft: draftOf(adapter, device) };
    const count = await addNodeTags(sendToHub, place, tags);
    setIsBusy(false);
    if (typeof count === "string") return setProblems([...failed, count]);
    setProblems(failed);
    setTaken(count);
    // What was ticked meanwhile, or could not be had, stays ticked.
    setTicked((now) => new Map([...now].filter(([key]) => !keys.has(key))));
  };
  /** One after the other: what is dropped while others are asked for is not lost. */
  const takeSoon = (wanted: readonly NodeLine[]): void => {
    if (wanted.length > 0) last.current = last.current.then(() => take(wanted));
  };
  return {
    tree,
    lines,
    ticked,
    problems,
    taken,
    isBusy,
    tick: (line) => {
      const next = new Map(ticked);
      if (!next.delete(line.key)) next.set(line.key, line);
      setTicked(next);
      setTaken(null);
    },
    clear: () => setTicked(NONE),
    take: () => (isBusy ? undefined : takeSoon([...ticked.values()])),
    drag: (line) => {
      if (line === null) dragged.current = [];
      else dragged.current = ticked.has(line.key) ? [...ticked.values()] : [line];
    },
    drop: () => {
      takeSoon(dragged.current);
      dragged.current = [];
    },
  };
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
      problems.push(`${words.browse.folderFailed(node.name)} ${below}`);
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
