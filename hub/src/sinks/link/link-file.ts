/**
 * How far a link has come, and the births that hold there, on disk: births as a whole when they changed, the position
 * alone otherwise, each written after the other side has what is before it. The later of the two counts. Beside them: the bdSeq
 * that each edge node last connected with.
 */
import { z } from "zod";
import { linesOf, writeWhole } from "../whole-file.ts";
import { BdSeqs } from "./bd-seqs.ts";
import type { NodeMemory } from "./births.ts";

export interface LinkPosition {
  /** Of the next message: microseconds since 1970 UTC; `undefined`: it never began. */
  readonly from: number | undefined;
  readonly nodes: readonly NodeMemory[];
}

const bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const position = z.object({ from: z.number().min(0) });
const nodeMemory = z.object({
  groupId: z.string(),
  edgeNodeId: z.string(),
  births: z
    .object({
      node: bytes,
      bdSeq: z.int().min(0).max(255).optional(),
      devices: z.array(z.tuple([z.string(), bytes])),
      via: z.array(z.string()),
    })
    .optional(),
});

export class LinkFile {
  readonly bdSeqs: BdSeqs;
  readonly #positionFile: string;
  readonly #birthsFile: string;

  /** `base`: of all files, without their endings. */
  constructor(base: string) {
    this.bdSeqs = new BdSeqs(`${base}.bdseq.jsonl`);
    this.#positionFile = `${base}.position.json`;
    this.#birthsFile = `${base}.births.jsonl`;
  }

  /** What cannot be read is as if it was not there: births come again. */
  read(): LinkPosition {
    this.bdSeqs.read();
    const [line] = linesOf(this.#positionFile);
    const last = position.safeParse(line).data;
    const kept = keptBirths(linesOf(this.#birthsFile));
    const from = Math.max(last?.from ?? -1, kept?.from ?? -1);
    return { from: from < 0 ? undefined : from, nodes: kept?.nodes ?? [] };
  }

  async savePosition(from: number): Promise<void> {
    await writeWhole(this.#positionFile, { from });
  }

  async saveBirths(from: number, nodes: readonly NodeMemory[]): Promise<void> {
    await writeWhole(this.#birthsFile, { from }, shown(nodes));
  }
}

/** `undefined`: not all of it can be read. */
function keptBirths([first, ...lines]: readonly unknown[]):
  | { readonly from: number; readonly nodes: readonly NodeMemory[] }
  | undefined {
  const from = position.safeParse(first).data?.from;
  const read = z.array(nodeMemory).safeParse(lines).data;
  if (from === undefined || read === undefined) return undefined;
  const nodes = read.map(({ births, ...node }) => ({
    ...node,
    births: births && {
      ...births,
      bdSeq: births.bdSeq,
      devices: new Map(births.devices),
    },
  }));
  return { from, nodes };
}

/** Made when it is its turn: all of them at once would keep the hub from everything else. */
function* shown(nodes: readonly NodeMemory[]): Generator<object> {
  for (const node of nodes) {
    const births = node.births && {
      ...node.births,
      node: base64(node.births.node),
      devices: Array.from(node.births.devices, ([id, payload]) => [id, base64(payload)]),
    };
    yield { ...node, births };
  }
}

function base64(payload: Uint8Array): string {
  return Buffer.from(payload).toString("base64");
}
