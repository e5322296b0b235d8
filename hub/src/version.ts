/** Which hub this is: one version for all rooms. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function hubVersion(): string {
  const file = join(import.meta.dirname, "../package.json");
  const manifest: { readonly version?: string } = JSON.parse(readFileSync(file, "utf8"));
  return manifest.version ?? "0";
}
