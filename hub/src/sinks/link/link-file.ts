/**
 * How far a link has come, and the births that hold there, on disk: births as a whole when they changed, the position
 * alone otherwise, each written after the other side has what is before it. The later of the two counts.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { writeWhole } from "../whole-file.ts";
import type { NodeMemory } from "./births.ts";

export interface LinkPosition {
  /** Of the next message: microseconds since 1970 UTC; `undefined`: it never began. */
  readonly from: number | undefined;
  readonly nodes: readonly NodeMemory[];
}

const bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const bdSeq = z.int().min(0).max(255).optional();
const position = z.object({ from: z.number().min(0) });
const births = position.extend({
  nodes: z.array(
    z.object({
      groupId: z.string(),
      edgeNodeId: z.string(),
      bdSeq,
      births: z
        .object({
          node: bytes,
          bdSeq,
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

  /** `base`: of both files, without their endings. */
  constructor(base: string) {
    this.#positionFile = `${base}.position.json`;
    this.#birthsFile = `${base}.births.json`;
  }

  /** What cannot be read is as if it was not there: births come again. */
  read(): LinkPosition {
    const last = position.safeParse(parsedFile(this.#positionFile)).data;
    const kept = births.safeParse(parsedFile(this.#birthsFile)).data;
    const from = Math.max(last?.from ?? -1, kept?.from ?? -1);
    const nodes = (kept?.nodes ?? []).map((node) => ({
      ...node,
      bdSeq: node.bdSeq,
      births: node.births && {
        ...node.births,
        bdSeq: node.births.bdSeq,
        devices: new Map(node.births.devices),
      },
    }));
    return { from: from < 0 ? undefined : from, nodes };
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
