/** Keeps the `bdSeq` of one edge node across restarts, so that an old Will can never pass for a new one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface BdSeqFile {
  readonly last: number | undefined;
  /** On disk when it returns, as a whole or not at all. */
  save(bdSeq: number): void;
}

export function openBdSeqFile(dataDir: string, groupId: string, edgeNodeId: string): BdSeqFile {
  const folder = join(dataDir, "edge-nodes");
  mkdirSync(folder, { recursive: true });
  const file = join(
    folder,
    `${encodeURIComponent(groupId)},${encodeURIComponent(edgeNodeId)}.bdseq`,
  );
  return {
    last: readBdSeq(file),
    save: (bdSeq) => {
      writeFileSync(`${file}.new`, `${bdSeq}\n`, { flush: true });
      renameSync(`${file}.new`, file);
    },
  };
}

function readBdSeq(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const bdSeq = Number(text);
  return Number.isInteger(bdSeq) && bdSeq >= 0 && bdSeq <= 255 ? bdSeq : undefined;
}
