/** The entry of a thread that reads where the tags of one adapter live, tells it in parts, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { partsOf, type AddressPart } from "./address-parts.ts";
import { readTags } from "./written-tags.ts";

const entry: Parameters<typeof readTags>[0] = workerData; // as tag-addresses.ts passed it
for (const part of partsOf(await readTags(entry)))
  parentPort?.postMessage(part satisfies AddressPart);
