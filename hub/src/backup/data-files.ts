/** Which files of a data directory belong into a backup, and which of them hold secrets. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { withoutSharedKeys } from "../identity/index.ts";

/** Where a backup puts a file for the moment; what is left of a hub that was killed is removed by the next backup. */
export const STAGING = "backup-staging";
/** What is restored and not in its place yet. */
export const RESTORING = "restoring";
/** With a date behind it: what was there before a restore. */
export const ASIDE = "before-restore-";

/** Of one running hub, or made anew by it. */
const OWN = new Set(["hub.lock", "first-admin-code", STAGING, RESTORING]);
const FLEETING = /\.new$|\.reserve$|\.db-(wal|shm|journal)$|(^|\/)[0-9a-f-]{36}\.new$/;
const LARGEST_KEY_BYTES = 1024 * 1024;

const IDENTITY = "identity.json";

/** The files, as paths with `/`, in the order of the alphabet. */
export function dataFiles(dataDir: string): readonly string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dataDir, "/").length))
    .map((path) => path.replaceAll("\\", "/"))
    .filter(belongs)
    .toSorted();
}

function belongs(path: string): boolean {
  const [first = ""] = path.split("/");
  return !OWN.has(first) && !first.startsWith(ASIDE) && !FLEETING.test(path);
}

/** Everything that lies in a data directory and is not of a running hub; a restore would have to move it. */
export function occupants(dataDir: string): readonly string[] {
  return readdirSync(dataDir).filter((name) => !OWN.has(name) && !name.startsWith(ASIDE));
}

/** What a copy of a file may hold without a passphrase. */
export type Openly =
  | { readonly kind: "whole" }
  /** Nothing of it. */
  | { readonly kind: "not"; readonly because: string }
  /** Without its secrets. */
  | { readonly kind: "in part"; readonly text: string; readonly because: string };

const WHOLE: Openly = { kind: "whole" };

export function openlyOf(path: string, copy: string): Openly {
  if (path === IDENTITY) return identityOpenly(readFileSync(copy, "utf8"));
  if (statSync(copy).size > LARGEST_KEY_BYTES || !isKey(copy)) return WHOLE;
  return { kind: "not", because: `${path}: a private key` };
}

function isKey(file: string): boolean {
  return readFileSync(file, "latin1").includes("PRIVATE KEY-----");
}

function identityOpenly(text: string): Openly {
  const { count, text: rest } = withoutSharedKeys(text);
  if (count === 0) return WHOLE;
  return { kind: "in part", text: rest, because: `${IDENTITY}: the shared keys of ${count} (PSK)` };
}
