/** The tree of an OPC UA server, unfolded node by node: each level is asked for when somebody wants to see it. */
import { listOf, oneOf, textOf } from "./json-parts.ts";
import { askHub, isRecord, sentenceOf, type SendLike } from "./hub-request.ts";
import { createSignal, type Signal } from "./signal.ts";
import { freeName } from "./tag-rows.ts";
import { adapterUrl, textsOf, type TagFields } from "./tags.ts";
import { texts } from "./texts.ts";

interface ServerNode {
  /** As in a tag. */
  readonly node: string;
  readonly name: string;
  readonly kind: "object" | "variable";
  readonly mayHaveChildren: boolean;
  readonly type: string | null;
  readonly value: unknown;
  readonly reason: string | null;
  /** How it could be a tag; `null`: it cannot be read. */
  readonly tag: TagFields | null;
}

type Branch =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | {
      readonly kind: "ready";
      readonly nodes: readonly ServerNode[];
      /** In the hub's words. */
      readonly problems: readonly string[];
    };

/** A line of the tree. The same node may stand in several places: its way is what tells them apart. */
export type TreeLine =
  | {
      readonly kind: "node";
      readonly key: string;
      readonly level: number;
      readonly node: ServerNode;
      readonly isOpen: boolean;
      /** Names from the root to it. */
      readonly names: readonly string[];
    }
  | {
      readonly kind: "note";
      readonly key: string;
      readonly level: number;
      readonly note: "asking" | "empty" | "failed" | "problem";
      readonly because: string;
      /** Whose branch it is. */
      readonly parent: string;
    };

export type NodeLine = Extract<TreeLine, { kind: "node" }>;

export interface OpcuaTree {
  readonly lines: Signal<readonly TreeLine[]>;
  toggle(key: string): void;
  /** Asks for a branch anew. */
  retry(key: string): void;
  stop(): void;
}

const ROOT = "/Objects";
const KINDS = ["object", "variable"] as const;

export function createOpcuaTree(send: SendLike, adapter: string): OpcuaTree {
  return new Tree(send, adapter);
}

interface Place {
  readonly node: string;
  readonly names: readonly string[];
}

class Tree implements OpcuaTree {
  readonly lines = createSignal<readonly TreeLine[]>([]);
  readonly #send: SendLike;
  readonly #url: string;
  readonly #branches = new Map<string, Branch>();
  readonly #open = new Set<string>();
  readonly #places = new Map<string, Place>([["", { node: ROOT, names: [] }]]);
  #isStopped = false;

  constructor(send: SendLike, adapter: string) {
    this.#send = send;
    this.#url = `${adapterUrl(adapter)}/nodes`;
    this.#open.add("");
    void this.#ask("");
  }

  toggle(key: string): void {
    if (this.#open.delete(key)) return this.#show();
    this.#open.add(key);
    if (this.#branches.get(key)?.kind === "ready") return this.#show();
    void this.#ask(key);
  }

  retry(key: string): void {
    void this.#ask(key);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #ask(key: string): Promise<void> {
    const place = this.#places.get(key);
    if (place === undefined || this.#branches.get(key)?.kind === "asking") return;
    this.#branches.set(key, { kind: "asking" });
    this.#show();
    const answer = await askHub(this.#send, "POST", this.#url, { parent: place.node });
    if (this.#isStopped) return;
    this.#branches.set(
      key,
      answer.kind === "done"
        ? (parseNodes(answer.value) ?? { kind: "failed", because: texts.notUnderstood })
        : { kind: "failed", because: sentenceOf(answer) },
    );
    this.#show();
  }

  #show(): void {
    this.lines.set(this.#linesBelow("", 1));
  }

  #linesBelow(key: string, level: number): readonly TreeLine[] {
    const branch = this.#branches.get(key);
    const names = this.#places.get(key)?.names ?? [];
    const note = (kind: "asking" | "empty" | "failed" | "problem", because = ""): TreeLine => ({
      kind: "note",
      key: `${key}\n${kind}${because}`,
      level,
      note: kind,
      because,
      parent: key,
    });
    if (branch === undefined) return [];
    if (branch.kind === "asking") return [note("asking")];
    if (branch.kind === "failed") return [note("failed", branch.because)];
    const problems = branch.problems.map((problem) => note("problem", problem));
    if (branch.nodes.length === 0) return problems.length > 0 ? problems : [note("empty")];
    const lines = branch.nodes.flatMap((node) => {
      const own = `${key}\n${node.node}`;
      const way = [...names, node.name];
      this.#places.set(own, { node: node.node, names: way });
      const isOpen = this.#open.has(own);
      const line: TreeLine = { kind: "node", key: own, level, node, isOpen, names: way };
      return isOpen ? [line, ...this.#linesBelow(own, level + 1)] : [line];
    });
    return [...lines, ...problems];
  }
}

function parseNodes(value: unknown): Branch | null {
  if (!isRecord(value) || !Array.isArray(value["nodes"])) return null;
  return {
    kind: "ready",
    nodes: listOf(value["nodes"]).flatMap((json) => {
      const [node, kind] = [textOf(json["node"]), oneOf(KINDS, json["kind"])];
      if (node === null || kind === null) return [];
      return [
        {
          node,
          kind,
          name: textOf(json["name"]) ?? "",
          mayHaveChildren: json["mayHaveChildren"] === true,
          type: textOf(json["type"]),
          value: json["value"],
          reason: textOf(json["reason"]),
          tag: isRecord(json["tag"]) ? json["tag"] : null,
        },
      ];
    }),
    problems: textsOf(value["problems"]),
  };
}

/** Where a line stands now; for one that is folded away, or was only a note, the nearest one above it. */
export function placeOfLine(lines: readonly TreeLine[], wanted: string): number {
  const own = lines.findIndex(({ key }) => key === wanted);
  if (own >= 0) return own;
  return Math.max(
    0,
    lines.findLastIndex(({ key }) => wanted.startsWith(`${key}\n`)),
  );
}

/** Tags of ticked nodes, named by their ways; what cannot stand in a name becomes `_`. Names that are taken get a number. */
export function tagsFor(
  ticked: readonly { readonly names: readonly string[]; readonly tag: TagFields }[],
  taken: ReadonlySet<string>,
  group: string | undefined,
): readonly TagFields[] {
  const used = new Set(taken);
  return ticked.map(({ names, tag }) => {
    const name = freeName(names.map(cleanName).join("/"), used);
    used.add(name);
    return { ...tag, name, ...(group !== undefined && { group }) };
  });
}

/** As the hub names what it finds by browsing: the separator of paths and the wildcards of MQTT are not in a name. */
function cleanName(text: string): string {
  const clean = text.replaceAll(/[/+#]|\p{Cc}/gu, "_").trim();
  return clean === "" ? "_" : clean;
}
