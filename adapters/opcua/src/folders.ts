/** Where the adapter keeps its files: the running one and the tools must mean the same. */
import { join } from "node:path";

/** Key and certificate of the hub, below the folder that all OPC UA adapters share. */
export function certificateDir(sharedDir: string): string {
  return join(sharedDir, "certificate");
}

/** Certificates of servers, below the adapter's own folder. */
export function trustDir(dataDir: string): string {
  return join(dataDir, "trust");
}
