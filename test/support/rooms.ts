/**
 * Who may import whom. `docs/ARCHITECTURE.md` and this table say the same thing; when a room needs a new neighbour,
 * change both in one commit and say why.
 */
import { builtinModules } from "node:module";
import { dirname, posix } from "node:path";

const SCOPE = "@unshub/";

export interface Room {
  /** Its folder in the repository. */
  readonly folder: string;
  /** Its package name, without the scope. */
  readonly name: string;
  /** Doors it may open, as they are imported without the scope. */
  readonly mayOpen: readonly string[];
  /** Those of them that give types only: nothing of that room may run here. */
  readonly typesOnly?: readonly string[];
  /** Whether Node's built-ins may be imported. The browser uses some rooms too. */
  readonly mayUseNode: boolean;
}

export const ROOMS: readonly Room[] = [
  { folder: "sparkplug", name: "sparkplug", mayOpen: [], mayUseNode: false },
  { folder: "adapters/contract", name: "adapter", mayOpen: ["sparkplug"], mayUseNode: true },
  {
    folder: "adapters/modbus",
    name: "adapter-modbus",
    mayOpen: ["sparkplug", "adapter", "adapter/table"],
    mayUseNode: true,
  },
  {
    folder: "adapters/opcua",
    name: "adapter-opcua",
    mayOpen: ["sparkplug", "adapter", "adapter/table", "opcua-trust"],
    mayUseNode: true,
  },
  { folder: "adapters/opcua-trust", name: "opcua-trust", mayOpen: [], mayUseNode: true },
  {
    folder: "hub",
    name: "hub",
    mayOpen: [
      "sparkplug",
      "adapter",
      "adapter-modbus",
      "adapter-opcua",
      "opcua-trust",
      "demo-plant",
    ],
    mayUseNode: true,
  },
  {
    folder: "uns-browser",
    name: "uns-browser",
    mayOpen: ["sparkplug", "hub/feed"],
    typesOnly: ["hub/feed"],
    mayUseNode: false,
  },
  {
    folder: "examples/demo-plant",
    name: "demo-plant",
    mayOpen: ["adapter-modbus/simulator"],
    mayUseNode: true,
  },
];

/** Doors that only one file of a room may open. */
const KEEPERS: ReadonlyMap<string, string> = new Map([
  ["adapter-modbus", "hub/src/supervisor/load.ts"],
  ["adapter-opcua", "hub/src/supervisor/load.ts"],
  ["demo-plant", "hub/src/cli/demo.ts"],
]);

/** Inside the hub data flows one way: a room may import only rooms named here. `hub.ts` and `cli/` put them together. */
export const HUB_FLOW: ReadonlyMap<string, readonly string[]> = new Map([
  // the schema of the paths, of the rules of commands and of the sinks; which rules and grants can be read
  ["config", ["command", "identity", "sinks", "uns"]],
  // What a configuration would do to births, topics and readers.
  ["configuration", ["broker", "config", "supervisor"]],
  ["backup", ["identity"]], // which parts of its file are keys
  ["broker", []],
  ["namespace", ["broker", "config", "tree"]],
  ["plant-ca", []],
  ["identity", ["broker"]], // answers the questions of the broker
  ["tree", []],
  // Judges what the broker carries; of identity only who somebody is, and the audit trail.
  ["command", ["broker", "identity", "tree"]],
  ["history", ["config", "tree"]],
  // Streams are subscriptions of the broker; `uns` among them is made of the history.
  ["replay", ["broker", "config", "history", "tree"]],
  // Hears the broker; what is not to be saved is said in filters.
  ["blackbox", ["broker"]],
  // Read the order of arrival, and the messages that replay keeps; of the broker how filters match and properties read.
  ["sinks", ["broker", "history", "replay", "tree"]],
  ["feed", ["tree"]],
  ["retained", ["broker"]],
  // Keeps messages as the broker hands them on, and reads them in the words of the tree.
  ["heard", ["broker", "tree"]],
  ["supervisor", ["config"]],
  // Reads the tree, writes through commands; of the broker only the sentences about ports.
  ["opcua-server", ["broker", "command", "config", "tree"]],
  // Gathers what others found; of the broker what it refused, of the supervisor how adapters stand.
  ["diagnostics", ["broker", "supervisor"]],
  ["explain", ["broker", "namespace", "supervisor", "tree"]],
  // Topics are published through the broker; of commands only what came of one.
  ["uns", ["broker", "command", "tree"]],
  // A guest of the HTTP side: takes its callers, reads tree, paths and history, writes through commands.
  ["i3x", ["api", "command", "config", "feed", "history", "identity", "tree", "uns"]],
  // What assistants ask, and what they propose.
  [
    "mcp",
    [
      "broker",
      "command",
      "config",
      "explain",
      "feed",
      "history",
      "identity",
      "replay",
      "supervisor",
      "tree",
      "uns",
    ],
  ],
  [
    "api",
    [
      "backup",
      "blackbox",
      "broker",
      "command",
      "config",
      "configuration",
      "diagnostics",
      "explain",
      "feed",
      "heard",
      "history",
      "identity",
      "mcp",
      "replay",
      "retained",
      "sinks",
      "supervisor",
      "tree",
      "uns",
    ],
  ],
]);

/** Which packages of ours each room of the hub may open; `hub.ts` may open all that the hub may. */
export const HUB_PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ["config", ["adapter", "sparkplug"]],
  ["broker", ["adapter"]], // it carries messages and knows nothing of Sparkplug
  ["namespace", ["adapter", "sparkplug"]],
  ["backup", []],
  ["configuration", ["adapter"]],
  ["plant-ca", []],
  ["identity", ["adapter"]],
  ["tree", ["sparkplug"]],
  ["history", ["adapter", "sparkplug"]],
  ["replay", ["adapter", "sparkplug"]],
  ["sinks", ["adapter", "sparkplug"]],
  ["retained", []],
  ["heard", ["sparkplug"]],
  ["command", ["adapter", "sparkplug"]],
  ["blackbox", []],
  ["feed", ["adapter", "sparkplug"]],
  ["supervisor", ["adapter", "sparkplug", "adapter-modbus", "adapter-opcua"]],
  ["opcua-server", ["adapter", "opcua-trust", "sparkplug"]],
  ["diagnostics", ["adapter", "sparkplug"]],
  ["explain", ["sparkplug"]],
  ["uns", ["adapter", "sparkplug"]],
  ["i3x", ["adapter", "sparkplug"]],
  ["mcp", ["adapter", "sparkplug"]],
  ["api", ["adapter", "opcua-trust"]],
  ["cli", ["adapter", "sparkplug", "demo-plant"]],
]);

/** One way in which a file names what it wants of another. */
interface Opening {
  readonly specifier: string;
  /** Whether it is gone when the file runs: `import type`, or only `type` names in the braces. */
  readonly typeOnly: boolean;
}

/** `import … from "x"`, `export … from "x"`; what stands before it tells whether only types are meant. */
const FROM = /\bfrom\s*["'](?<specifier>[^"']+)["']/g;

/** What runs the other file: `import "x"`, `import("x")`, `require("x")`, `createRequire(…)("x")`; backticks too. */
const CALL =
  /(?:\bimport\s*(?:\(\s*)?|\b(?:require|import\.meta)(?:\.resolve)?\s*\(\s*|\bcreateRequire\b[^;]*?\)\s*\(\s*)(?:\/\*.*?\*\/\s*)?(?<specifier>"[^"]+"|'[^']+'|`[^`]+`)/g;

/** A package of ours handed to whatever function: a `require` may go by any name. */
const HANDED = /\(\s*(?<specifier>["'`]@unshub\/[^"'`]+["'`])/g;

/** What one file of a room imports against the rules, as sentences that name file and door. */
export function violations(room: Room, file: string, source: string): readonly string[] {
  const found = openings(source).flatMap((opening) => {
    const because = violation(room, file, opening);
    return because === undefined ? [] : [`${file} imports "${opening.specifier}": ${because}`];
  });
  return [...new Set(found)];
}

function openings(source: string): readonly Opening[] {
  const statements = [...source.matchAll(FROM)].map(({ index, groups }) => ({
    specifier: groups?.["specifier"] ?? "",
    typeOnly: isTypeClause(
      source
        .slice(0, index)
        .split(/\b(?:import|export)\b/)
        .at(-1) ?? "",
    ),
  }));
  const calls = [...source.matchAll(CALL), ...source.matchAll(HANDED)].map(({ groups }) => ({
    specifier: (groups?.["specifier"] ?? "").slice(1, -1),
    typeOnly: false,
  }));
  return [...statements, ...calls];
}

/** Whether what stands between `import` and `from` names types only. `type` alone is a value of that name. */
function isTypeClause(clause: string): boolean {
  if (/^\s+type[\s{*]+[^\s]/.test(clause)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/.exec(clause)?.groups?.["names"];
  if (names === undefined) return false;
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .every((name) => name.startsWith("type "));
}

function violation(room: Room, file: string, opening: Opening): string | undefined {
  const { specifier } = opening;
  if (specifier.startsWith(SCOPE)) return doorViolation(room, file, opening);
  if (specifier.startsWith(".")) return pathViolation(room, file, specifier);
  const atBuild = /\.config\.\w+$/.test(file);
  const ofNode = specifier.startsWith("node:") || builtinModules.includes(specifier);
  if (ofNode && !room.mayUseNode && !atBuild) return `${room.folder} uses no Node built-ins`;
  return undefined;
}

function doorViolation(room: Room, file: string, opening: Opening): string | undefined {
  const door = opening.specifier.slice(SCOPE.length);
  if (door === room.name) return undefined;
  if (!room.mayOpen.includes(door)) return `${room.folder} may not open ${door}`;
  if (room.typesOnly?.includes(door) === true && !opening.typeOnly)
    return `${room.folder} may take only types of ${door}: write import type`;
  const keeper = KEEPERS.get(door);
  if (keeper !== undefined && keeper !== file) return `only ${keeper} may open ${door}`;
  const part = room.folder === "hub" ? hubRoom(file) : undefined;
  const allowed = part === undefined ? undefined : HUB_PACKAGES.get(part);
  return allowed === undefined || allowed.includes(door)
    ? undefined
    : `hub/${part} may not open ${door}`;
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
