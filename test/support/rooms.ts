/**
 * Who may import whom. `docs/ARCHITECTURE.md` and this table say the same thing; when a room needs a new neighbour,
 * change both in one commit and say why.
 */
import { dirname, posix } from "node:path";

const SCOPE = "@unshub/";

export interface Room {
  /** Its folder in the repository. */
  readonly folder: string;
  /** Its package name, without the scope. */
  readonly name: string;
  /** Doors it may open, as they are imported without the scope. */
  readonly mayOpen: readonly string[];
  /** Whether Node's built-ins may be imported. The browser uses some rooms too. */
  readonly mayUseNode: boolean;
}

export const ROOMS: readonly Room[] = [
  { folder: "sparkplug", name: "sparkplug", mayOpen: [], mayUseNode: false },
  { folder: "adapters/contract", name: "adapter", mayOpen: ["sparkplug"], mayUseNode: true },
  {
    folder: "adapters/modbus",
    name: "adapter-modbus",
    mayOpen: ["sparkplug", "adapter"],
    mayUseNode: true,
  },
  {
    folder: "adapters/opcua",
    name: "adapter-opcua",
    mayOpen: ["sparkplug", "adapter"],
    mayUseNode: true,
  },
  {
    folder: "hub",
    name: "hub",
    mayOpen: ["sparkplug", "adapter", "adapter-modbus", "adapter-opcua", "demo-plant"],
    mayUseNode: true,
  },
  {
    folder: "uns-browser",
    name: "uns-browser",
    mayOpen: ["sparkplug", "hub/feed"],
    mayUseNode: false,
  },
  { folder: "examples/demo-plant", name: "demo-plant", mayOpen: [], mayUseNode: true },
];

/** Doors that only one file of a room may open. */
const KEEPERS: ReadonlyMap<string, string> = new Map([
  ["adapter-modbus", "hub/src/supervisor/load.ts"],
  ["adapter-opcua", "hub/src/supervisor/load.ts"],
  ["demo-plant", "hub/src/cli/demo.ts"],
]);

/** Inside the hub data flows one way: a room may import only rooms named here. `hub.ts` and `cli/` put them together. */
export const HUB_FLOW: ReadonlyMap<string, readonly string[]> = new Map([
  ["config", []],
  ["broker", []],
  ["namespace", ["broker", "config", "tree"]],
  ["tree", []],
  ["command", ["tree"]],
  ["feed", ["tree"]],
  ["supervisor", ["config"]],
  ["api", ["command", "config", "feed", "tree"]],
]);

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

/** What one file of a room imports against the rules, as sentences that name file and door. */
export function violations(room: Room, file: string, source: string): readonly string[] {
  return [...source.matchAll(IMPORT)].flatMap(([, specifier = ""]) => {
    const because = violation(room, file, specifier);
    return because === undefined ? [] : [`${file} imports "${specifier}": ${because}`];
  });
}

function violation(room: Room, file: string, specifier: string): string | undefined {
  if (specifier.startsWith(SCOPE)) return doorViolation(room, file, specifier.slice(SCOPE.length));
  if (specifier.startsWith(".")) return pathViolation(room, file, specifier);
  const atBuild = /\.config\.\w+$/.test(file);
  if (specifier.startsWith("node:") && !room.mayUseNode && !atBuild)
    return `${room.folder} uses no Node built-ins`;
  return undefined;
}

function doorViolation(room: Room, file: string, door: string): string | undefined {
  if (door === room.name) return undefined;
  if (!room.mayOpen.includes(door)) return `${room.folder} may not open ${door}`;
  const keeper = KEEPERS.get(door);
  return keeper === undefined || keeper === file ? undefined : `only ${keeper} may open ${door}`;
}

function pathViolation(room: Room, file: string, specifier: string): string | undefined {
  const target = posix.join(dirname(file), specifier);
  if (!target.startsWith(`${room.folder}/`))
    return "use the package name, not a path into another room";
  return room.folder === "hub" ? hubViolation(file, target) : undefined;
}

/** Rooms of the hub open each other at `index.ts`, and only along the flow. */
function hubViolation(file: string, target: string): string | undefined {
  const from = hubRoom(file);
  const to = hubRoom(target);
  if (from === undefined || to === undefined || from === to) return undefined;
  if (!target.endsWith("/index.ts")) return `go through the door of hub/${to}, its index.ts`;
  const allowed = HUB_FLOW.get(from);
  return allowed === undefined || allowed.includes(to)
    ? undefined
    : `hub/${from} may not open hub/${to}`;
}

/** The room of the hub that a file stands in; `undefined` for `hub.ts`, `main.ts`. */
function hubRoom(file: string): string | undefined {
  return /^hub\/src\/([^/]+)\//.exec(file)?.[1];
}
