/** Where adapters keep their files, below the data directory of the hub. */
import { join } from "node:path";
import type { AdapterFolders } from "@unshub/adapter";

/** Of the adapter `name`: a folder of its own, and one that all of its protocol share. */
export function adapterFolders(
  dataDir: string,
  { name, protocol }: { readonly name: string; readonly protocol: string },
): AdapterFolders {
  return {
    dataDir: join(dataDir, "adapters", name),
    sharedDir: join(dataDir, "protocols", protocol),
  };
}
