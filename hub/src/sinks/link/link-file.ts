/**
 * How far a link has come, and the births that hold there, on disk: births as a whole when they changed, the position
 * alone otherwise, each written after the other side has what is before it. The later of the two counts. Beside them: the bdSeq
 * that each edge node last connected with.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { writeWhole } from "../whole-file.ts";
import type { NodeMemory } from "./births.ts";

export interface LinkPosition {
  /** Of the next message: microseconds since 1970 UTC; `undefined`: it never began. */
  readonly from: number | undefined;
  readonly nodes: readonly NodeMemory[];
  /** By group and edge node: of the last CONNECT. */
  readonly bdSeqs: ReadonlyMap<string, number>;
}

const bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const bdSeq = z.int().min(0).max(255);
const bdSeqs = z.array(z.tuple([z.string(), bdSeq]));
const position = z.object({ from: z.number().min(0) });
const births = position.extend({
  nodes: z.array(
    z.object({
      groupId: z.string(),
      edgeNodeId: z.string(),
      births: z
        .object({
          node: bytes,
          bdSeq: bdSeq.optional(),
          devices: z.array(z.tuple([z.string(), bytes])),
          via: z.array(z.string()),
        })
        .optional(),
    }),
  ),
});

export class LinkFile {
  readonly #positionFile: string;
  readonly #birthsFile: string;
  readonly #bdSeqFile: string;

  /** `base`: of both files, without their endings. */
  constructor(base: string) {
    this.#positionFile = `${base}.position.json`;
    this.#birthsFile = `${base}.births.json`;
    this.#bdSeqFile = `${base}.bdseq.json`;
  }

  /** What cannot be read is as if it was not there: births come again. */
  read(): LinkPosition {
    const last = position.safeParse(parsedFile(this.#positionFile)).data;
    const kept = births.safeParse(parsedFile(this.#birthsFile)).data;
    const from = Math.max(last?.from ?? -1, kept?.from ?? -1);
    const nodes = (kept?.nodes ?? []).map((node) => ({
      ...node,
      births: node.births && {
        ...node.births,
        bdSeq: node.births.bdSeq,
        devices: new Map(node.births.devices),
      },
    }));
    const used = bdSeqs.safeParse(parsedFile(this.#bdSeqFile)).data;
    return { from: from < 0 ? undefined : from, nodes, bdSeqs: new Map(used) };
  }

  /** Before the CONNECT that uses one: it survives a killed process. */
  saveBdSeqs(used: ReadonlyMap<string, number>): void {
    mkdirSync(dirname(this.#bdSeqFile), { recursive: true });
    writeFileSync(`${this.#bdSeqFile}.new`, JSON.stringify([...used]), { mode: 0o600 });
    renameSync(`${this.#bdSeqFile}.new`, this.#bdSeqFile);
  }

  async savePosition(from: number): Promise<void> {
    await writeWhole(this.#positionFile, { from });
  }

  async saveBirths(from: number, nodes: readonly NodeMemory[]): Promise<void> {
    const shown = nodes.map((node) => ({
      ...node,
      births: node.births && {
        ...node.births,
        node: base64(node.births.node),
        devices: Array.from(node.births.devices, ([id, payload]) => [id, base64(payload)]),
      },
    }));
    await writeWhole(this.#birthsFile, { from, nodes: shown });
  }
}

function base64(payload: Uint8Array): string {
  return Buffer.from(payload).toString("base64");
}

/** `undefined`: there is none, or it is no JSON. */
function parsedFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
