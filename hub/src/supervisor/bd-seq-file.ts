/** Where the `bdSeq` of one edge node is kept across restarts, so that an old Will can never pass for a new one. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openNumberFile, type NumberFile } from "../number-file.ts";

export function openBdSeqFile(dataDir: string, groupId: string, edgeNodeId: string): NumberFile {
  const folder = join(dataDir, "edge-nodes");
  mkdirSync(folder, { recursive: true });
  const name = `${encodeURIComponent(groupId)},${encodeURIComponent(edgeNodeId)}.bdseq`;
  return openNumberFile(join(folder, name), isBdSeq);
}

function isBdSeq(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255;
}
