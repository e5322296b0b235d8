/**
 * The hub as an OPC UA server: the tree below `Objects/UNS`, for SCADA that does not speak MQTT. The library brings services,
 * sessions and subscriptions; what the UNS is, the rest of this room says.
 */
import { join } from "node:path";
import { callbackify } from "node:util";
import type { Logger } from "@unshub/adapter";
import {
  certificateDir,
  clientsDir,
  expiryWarning,
  ownCertificate,
  TrustStore,
  usersDir,
  type OwnCertificate,
} from "@unshub/opcua-trust";
import type { OPCUAServerOptions } from "node-opcua-server";
import { listenFault } from "../broker/index.ts";
import { messageOf } from "../caught.ts";
import type { Commands } from "../command/index.ts";
import type { HubConfig } from "../config/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { OpcUaServerError } from "./errors.ts";
import { MOST_POINTS } from "./browse-pages.ts";
import { CertificateGate, CLIENTS, managerOf, USERS, type GateOptions } from "./gate.ts";
import { loadLibrary, type Library } from "./library.ts";
import { openUns, type OpenUns } from "./open-uns.ts";
import { serverWithUsers } from "./server-with-users.ts";
import { Visitors, type Authenticate } from "./visitors.ts";

type Listener = NonNullable<HubConfig["listeners"]["opcua"]>;

export interface OpcUaServerOptions {
  readonly listener: Listener;
  readonly hubId: string;
  readonly dataDir: string;
  readonly tree: UnsTree;
  readonly commands: Pick<Commands, "write">;
  /** What those without a name may do. */
  readonly anonymous: "none" | "read" | "full";
  /** Who has a name and a password, or a certificate; left out: nobody. */
  readonly authenticate?: Authenticate;
  readonly log: Logger;
  now(): number;
}

/** Listening. */
export interface OpcUaServer {
  readonly address: { readonly kind: "opcua"; readonly host: string; readonly port: number };
  /** What clients have of it now. */
  figures(): { readonly sessions: number; readonly monitoredMetrics: number };
  /** Rights have changed: whoever may no longer be there is out. */
  reconsider(): void;
  /** Ends all sessions and closes the port. */
  stop(): Promise<void>;
}

/** Below the data directory, where adapters of OPC UA have the application certificate too. */
const SHARED_FOLDER = ["protocols", "opcua"] as const;

/** @throws {OpcUaServerError} when the port cannot be opened, or the certificate not be read or made. */
export async function start(options: OpcUaServerOptions): Promise<OpcUaServer> {
  const own = await certificateOf(options);
  const library = await loadLibrary();
  quiet(library, options.log);
  const visitors = new Visitors({
    anonymous: options.anonymous,
    authenticate: options.authenticate,
    write: options.listener.write,
  });
  const keyPair = keyPairOf(library, own);
  const parts = { library, own, keyPair, visitors };
  const Server = serverWithUsers(library, (session, certificate) =>
    visitors.login(session, { certificate }),
  );
  const server = new Server(serverOptions(options, parts));
  server.on("openSecureChannelFailure", ({ remoteAddress, reason }) => {
    options.log.debug({ remoteAddress, reason }, "an OPC UA client could not open a channel");
  });
  let uns: OpenUns | undefined;
  const stop = async (): Promise<void> => {
    uns?.stop();
    await server.shutdown(0);
  };
  try {
    await server.initialize();
    for (const endpoint of server.endpoints) endpoint.setCertificateProvider(keyPair);
    uns = openUns(server, { ...options, library, visitors });
    await server.start();
  } catch (cause) {
    await stop();
    throw listenError(options.listener, cause);
  }
  const { host } = options.listener;
  const port = server.endpoints[0]?.port ?? options.listener.port;
  const { monitored } = uns;
  return {
    address: { kind: "opcua", host, port },
    figures: () => ({
      sessions: server.engine.currentSessionCount,
      monitoredMetrics: monitored.size,
    }),
    reconsider: () => {
      for (const session of visitors.renew()) {
        server.engine.closeSession(session.authenticationToken, true, "Forcing");
      }
    },
    stop,
  };
}

async function certificateOf({
  dataDir,
  log,
  ...options
}: OpcUaServerOptions): Promise<OwnCertificate> {
  const folder = certificateDir(join(dataDir, ...SHARED_FOLDER));
  try {
    const now = options.now();
    const own = await ownCertificate(folder, now);
    const warning = expiryWarning(own.facts, now);
    if (warning !== undefined) log.warn({ file: own.file }, warning.because);
    return own;
  } catch (cause) {
    const because = messageOf(cause);
    const message = `The application certificate in ${folder} cannot be used: ${because}`;
    throw new OpcUaServerError("CERTIFICATE_UNUSABLE", message, { cause });
  }
}

function listenError({ host, port }: Listener, cause: unknown): OpcUaServerError {
  const fault = listenFault(cause, { what: "OPC UA", key: "listeners.opcua", host, port });
  return new OpcUaServerError(fault.code, fault.message, { cause });
}

interface Parts {
  readonly library: Library;
  readonly own: OwnCertificate;
  readonly keyPair: ReturnType<typeof keyPairOf>;
  readonly visitors: Visitors;
}

function serverOptions(options: OpcUaServerOptions, parts: Parts): OPCUAServerOptions {
  const { listener, anonymous, hubId } = options;
  const { library, own } = parts;
  const applicationUri = own.facts.applicationUri ?? "urn:unshub";
  return {
    host: listener.host,
    ...(isWildcard(listener.host) ? {} : { hostname: listener.host }),
    port: listener.port,
    ...securityOf(options, parts),
    allowAnonymous: anonymous !== "none",
    disableDiscovery: false, // clients ask for the endpoints first, on an open channel
    isAuditing: false,
    registerServerMethod: library.RegisterServerMethod.HIDDEN,
    maxConnectionsPerEndpoint: LIMITS.connections,
    serverInfo: {
      applicationUri,
      productUri: "urn:unshub",
      applicationName: { text: `UNS Hub ${hubId}` },
    },
    buildInfo: { productName: "UNS Hub", manufacturerName: "UNS Hub", productUri: "urn:unshub" },
    serverCapabilities: {
      maxSessions: LIMITS.sessions,
      maxSubscriptionsPerSession: LIMITS.subscriptionsPerSession,
      maxMonitoredItems: LIMITS.monitoredItems,
      maxMonitoredItemsPerSubscription: LIMITS.monitoredItems,
      maxBrowseContinuationPoints: MOST_POINTS,
      operationLimits: LIMITS.perCall,
    },
  };
}

/** What clients can take from the hub at most. */
const LIMITS = {
  connections: 50,
  sessions: 50,
  subscriptionsPerSession: 50,
  monitoredItems: 100_000,
  perCall: {
    maxNodesPerRead: 10_000,
    maxNodesPerBrowse: 1000,
    maxNodesPerWrite: 1000,
    maxMonitoredItemsPerCall: 10_000,
    maxNodesPerTranslateBrowsePathsToNodeIds: 1000,
    maxNodesPerRegisterNodes: 10_000,
  },
} as const;

function securityOf(
  { listener, dataDir, log, ...options }: OpcUaServerOptions,
  { library, keyPair, visitors }: Parts,
): Partial<OPCUAServerOptions> {
  const { MessageSecurityMode, SecurityPolicy } = library;
  const now = (): number => options.now();
  const gateOf = (folder: string, who: Pick<GateOptions, "guests" | "pinned">): CertificateGate =>
    new CertificateGate({ library, store: new TrustStore(folder), folder, log, now, ...who });
  const shared = join(dataDir, ...SHARED_FOLDER);
  const clients = gateOf(clientsDir(shared), { guests: CLIENTS, pinned: listener.trust });
  const users = gateOf(usersDir(shared), { guests: USERS, pinned: [] });
  const modes: (keyof typeof MessageSecurityMode)[] = [];
  if (listener.security.includes("None")) modes.push("None");
  if (listener.security.some((policy) => policy !== "None")) modes.push("Sign", "SignAndEncrypt");
  return {
    securityPolicies: listener.security.map((name) => SecurityPolicy[name]),
    securityModes: modes.map((name) => MessageSecurityMode[name]),
    certificateKeyPairProvider: keyPair,
    serverCertificateManager: managerOf((shown) => clients.judge(shown)),
    userCertificateManager: managerOf((shown) => users.judge(shown)),
    userManager: {
      isValidUserAsync(name, password, callback) {
        callbackify(() => visitors.login(this, { name, password }))(callback);
      },
    },
  };
}

/** From memory: the library would look for files of its own. */
function keyPairOf({ crypto_utils: crypto }: Library, own: OwnCertificate) {
  const key = crypto.makePrivateKeyFromPem(own.key);
  return {
    getCertificate: () => own.certificate,
    getCertificateChain: () => [own.certificate],
    getPrivateKey: () => key,
    invalidate: () => undefined,
  };
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** What the library would write to the console; what matters of it, the hub says itself. */
function quiet(library: Library, log: Logger): void {
  const say = (...parts: unknown[]): void => {
    const texts = parts.flatMap((part) => {
      if (part instanceof Error) return [part.message];
      return typeof part === "string" || typeof part === "number" ? [part] : [];
    });
    log.debug({ text: texts.join(" ").slice(0, LONGEST_TEXT) }, "node-opcua says");
  };
  library.setDebugLogger(say);
  library.setWarningLogger(say);
  library.setErrorLogger(say);
}

const LONGEST_TEXT = 500;
