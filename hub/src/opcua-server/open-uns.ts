/** Puts the UNS into a server of the library that is initialized, and takes it out again. */
import type { Logger } from "@unshub/adapter";
import type { BrowsePath } from "node-opcua-client";
import type { OPCUAServer, ServerSession } from "node-opcua-server";
import type { Commands } from "../command/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { boundBrowsing } from "./browse-pages.ts";
import { translated } from "./browse-path.ts";
import type { Library } from "./library.ts";
import { tellModelChanges } from "./model-changes.ts";
import { MonitoredMetrics } from "./monitored-metrics.ts";
import { ROOT_PATH } from "./node-path.ts";
import { UnsAccessor } from "./uns-accessor.ts";
import { ROOT_NAME, type Sees, type UnsSpace } from "./uns-nodes.ts";
import type { Visitors } from "./visitors.ts";

export interface UnsParts {
  readonly tree: UnsTree;
  readonly log: Logger;
  readonly library: Library;
  readonly commands: Pick<Commands, "write">;
  readonly visitors: Visitors;
}

/** The UNS in the server. */
export interface OpenUns {
  readonly monitored: MonitoredMetrics;
  stop(): void;
}

/** The same for every hub: a client may be moved from one to another. */
const NAMESPACE_URI = "urn:unshub:uns";

/** Of whoever asks without a session. */
const NOTHING: Sees = () => false;

export function openUns(server: OPCUAServer, parts: UnsParts): OpenUns {
  const { engine } = server;
  const { addressSpace, addressSpaceAccessor } = engine;
  if (addressSpace === null || addressSpaceAccessor === null)
    throw new TypeError("an initialized server has an address space");
  const namespace = addressSpace.registerNamespace(NAMESPACE_URI);
  const { tree, log, library, visitors, commands } = parts;
  const place = { namespaceIndex: namespace.index, namespaceUri: NAMESPACE_URI };
  const space: UnsSpace = { tree, log, library, addressSpace, ...place };
  const { objects } = addressSpace.rootFolder;
  namespace.addFolder(objects, { browseName: ROOT_NAME, nodeId: `s=${ROOT_PATH}` });
  engine.addressSpaceAccessor = new UnsAccessor(space, addressSpaceAccessor, {
    commands,
    accessOf: (context) => visitors.accessOf(context),
    pages: boundBrowsing(server, library),
  });
  const ofLibrary = engine.translateBrowsePath.bind(engine);
  const askers = new WeakMap<BrowsePath, Sees>();
  engine.translateBrowsePath = async (path) =>
    translated(space, path, askers.get(path) ?? NOTHING) ?? (await ofLibrary(path));
  const seesRow = (session: ServerSession | null, row: number): boolean =>
    visitors.sightOf(session).sees(row);
  const monitored = new MonitoredMetrics(space, namespace, seesRow);
  const mostPerCall = engine.serverCapabilities.operationLimits.maxMonitoredItemsPerCall;
  server.on("create_session", (session) => {
    visitors.arrived(session);
    monitored.follow(session);
  });
  server.on("session_activated", (session, token) => {
    const hasName =
      token instanceof library.UserNameIdentityToken || token instanceof library.X509IdentityToken;
    if (!hasName) visitors.becameNobody(session);
  });
  server.on("session_closed", (session) => visitors.left(session));
  server.on("request", (request) => {
    const session = engine.getSession(request.requestHeader.authenticationToken);
    const sees = (row: number): boolean => seesRow(session, row);
    if (request instanceof library.TranslateBrowsePathsToNodeIdsRequest) {
      for (const path of request.browsePaths ?? []) askers.set(path, sees);
    }
    if (!(request instanceof library.CreateMonitoredItemsRequest)) return;
    const items = request.itemsToCreate ?? [];
    monitored.prepare(
      items.slice(0, mostPerCall).map(({ itemToMonitor }) => itemToMonitor),
      sees,
    );
  });
  const stopTelling = tellModelChanges(space, objects.server, () => visitors.allSeeAll);
  const stop = (): void => {
    monitored.stop();
    stopTelling();
  };
  return { monitored, stop };
}
