/** Opens the room of MCP with what the other rooms of the hub say; nothing is loaded before somebody asks. */
import type { Logger } from "@unshub/adapter";
import type { Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import { tagsOf, type Configuration } from "./configuration/index.ts";
import type { FindingDesk } from "./diagnostics/index.ts";
import type { Explainer } from "./explain/index.ts";
import type { HistoryReader } from "./history/index.ts";
import type { Access } from "./identity/index.ts";
import { Mcp, type McpRooms } from "./mcp/index.ts";
import type { AwareServer } from "./namespace/index.ts";
import type { ReplayProposals, Republisher } from "./replay/index.ts";
import type { Supervisor } from "./supervisor/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";
import { hubVersion } from "./version.ts";

/** As the HTTP side has them. */
interface OpenRooms {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly uns: Pick<Uns, "paths">;
  readonly desk: Pick<FindingDesk, "groups">;
  readonly history: { readonly reader: HistoryReader } | undefined;
  readonly replay: {
    readonly proposals: ReplayProposals;
    readonly republisher: Pick<Republisher, "all">;
  };
  readonly models: McpRooms["models"];
  readonly explainer: Explainer;
  readonly commands: Commands;
  readonly adapters: Pick<Supervisor, "reports">;
  readonly configuration: Pick<Configuration, "adapters">;
  readonly aware: Pick<AwareServer, "askForBirths">;
  readonly access: Pick<Access, "audit">;
  readonly log: Logger;
  readonly now: () => number;
}

/** What the HTTP side needs, with the door to MCP where the configuration opens it. */
export function withMcp<Rooms extends OpenRooms>(
  { mcp: config, identity }: HubConfig,
  rooms: Rooms,
): Rooms & { readonly mcp: Mcp | undefined; readonly issuers: readonly string[] } {
  const issuers = identity.jwt.map(({ issuer }) => issuer);
  return { ...rooms, issuers, mcp: config.enabled ? openMcp(config, rooms) : undefined };
}

function openMcp(config: HubConfig["mcp"], rooms: OpenRooms): Mcp {
  const { desk, uns, history, adapters, configuration, aware, access, replay } = rooms;
  return new Mcp({
    ...rooms,
    config,
    version: hubVersion(),
    paths: uns.paths,
    history: history?.reader,
    findings: (since) => desk.groups(since),
    reports: () => adapters.reports(),
    entries: () => configuration.adapters,
    tagsOf,
    replays: replay.proposals,
    replayOf: (id) => replay.republisher.all().find((one) => one.id === id),
    askForBirths: (node, by) => aware.askForBirths(node, by),
    note: ({ actor, address }, entry) =>
      access.audit.write({ actor, via: "mcp", address, ...entry, result: "asked" }),
  });
}
