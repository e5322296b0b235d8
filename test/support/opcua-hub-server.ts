/** The hub's OPC UA server over a tree that tests fill with Sparkplug messages, and clients of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  constructEventFilter,
  DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
  type ClientSession,
  type MonitoringParametersOptions,
  type OPCUAClientOptions,
  type Variant,
} from "node-opcua-client";
import { makePrivateKeyFromPem } from "node-opcua-crypto/web";
import { ownCertificate, type OwnCertificate } from "@unshub/opcua-trust";
import type { Audit } from "../../hub/src/identity/index.ts";
import type { SparkplugMessage } from "@unshub/sparkplug";
import { Commands } from "../../hub/src/command/index.ts";
import {
  startOpcUaServer,
  type Authenticate,
  type OpcUaServer,
} from "../../hub/src/opcua-server/index.ts";
import { NodeSessions, UnsTree } from "../../hub/src/tree/index.ts";
import type { Ending } from "./hub.ts";
import { keepingLog, type LogLine } from "./silent-log.ts";

export const UNS = "urn:unshub:uns";

/** What a test asks of the server; left out: no protection, no writes, anyone may do all. */
export interface ServerWishes {
  /** Where commands are noted. */
  readonly audit?: Audit;
  readonly security?: readonly (
    | "None"
    | "Basic256Sha256"
    | "Aes128_Sha256_RsaOaep"
    | "Aes256_Sha256_RsaPss"
  )[];
  readonly write?: boolean;
  readonly trust?: readonly string[];
  readonly anonymous?: "none" | "read" | "full";
  readonly authenticate?: (tree: UnsTree) => Authenticate;
  readonly dataDir?: string;
  readonly port?: number;
  /** What a device does with a command. */
  readonly onCommand?: (sessions: NodeSessions, command: SparkplugMessage) => void;
}

const now = (): number => Date.now();

export interface HubServer {
  readonly server: OpcUaServer;
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly endpoint: string;
  readonly dataDir: string;
  readonly sent: readonly SparkplugMessage[];
  readonly logged: readonly LogLine[];
}

/** Starts it; stopped with the test at the latest. */
export async function startHubServer(t: Ending, wishes: ServerWishes = {}): Promise<HubServer> {
  const dataDir = wishes.dataDir ?? folderOf(t);
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  const { log, lines } = keepingLog();
  const sent: SparkplugMessage[] = [];
  const publish = async (message: SparkplugMessage): Promise<void> => {
    sent.push(message);
    wishes.onCommand?.(sessions, message);
  };
  const anonymous = wishes.anonymous ?? "full";
  const { audit } = wishes;
  const commands = new Commands({ tree, log, now, publish, ...(audit && { audit }) });
  const { security = ["None"], write = false, trust = [], port = 0, authenticate } = wishes;
  const server = await startOpcUaServer({
    listener: { host: "127.0.0.1", port, security, write, trust },
    hubId: "test",
    dataDir,
    tree,
    commands,
    anonymous,
    ...(authenticate && { authenticate: authenticate(tree) }),
    log,
    now,
  });
  t.after(() => server.stop());
  const endpoint = `opc.tcp://127.0.0.1:${server.address.port}`;
  return { server, tree, sessions, endpoint, dataDir, sent, logged: lines };
}

function folderOf(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-opcua-hub-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const POLICIES = [
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Aes256_Sha256_RsaPss",
] as const;
/** All policies but None. */
export const SECURE = { security: POLICIES } as const;

/** A client program with a certificate of its own. */
export async function program(
  t: Ending,
): Promise<{ own: OwnCertificate; options: Partial<OPCUAClientOptions> }> {
  const own = await ownCertificate(folderOf(t), Date.now());
  const key = makePrivateKeyFromPem(own.key);
  const options = {
    applicationUri: own.facts.applicationUri ?? "",
    certificateKeyPairProvider: {
      getCertificate: () => own.certificate,
      getCertificateChain: () => [own.certificate],
      getPrivateKey: () => key,
    },
  };
  return { own, options };
}

export interface ClientWishes {
  readonly policy?: keyof typeof SecurityPolicy;
  readonly mode?: keyof typeof MessageSecurityMode;
  readonly login?:
    | { readonly userName: string; readonly password: string }
    /** A certificate in DER, and its key in PEM. */
    | { readonly certificateData: Buffer; readonly privateKey: string };
  readonly options?: Partial<OPCUAClientOptions>;
}

/** A session, closed with the test. */
export async function openClient(
  t: Ending,
  endpoint: string,
  { policy = "None", mode = "None", login, options }: ClientWishes = {},
): Promise<ClientSession> {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0 },
    securityMode: MessageSecurityMode[mode],
    securityPolicy: SecurityPolicy[policy],
    keepSessionAlive: false,
    ...options,
  });
  t.after(() => client.disconnect());
  await client.connect(endpoint);
  if (login === undefined) return await client.createSession({ type: UserTokenType.Anonymous });
  return await client.createSession(
    "userName" in login
      ? { type: UserTokenType.UserName, ...login }
      : { type: UserTokenType.Certificate, ...login },
  );
}

/** The identifier of a path of the UNS in this session's numbering. */
export async function unsId(session: ClientSession, path: string): Promise<string> {
  const namespaces = await session.readNamespaceArray();
  return `ns=${namespaces.indexOf(UNS)};s=${path}`;
}

/** What a monitored item said so far, and a promise for the next that fits. */
export class Monitored {
  readonly seen: DataValue[] = [];
  readonly #waiting = new Set<() => void>();

  static async open(
    subscription: ClientSubscription,
    nodeId: string,
    parameters: MonitoringParametersOptions,
  ): Promise<Monitored> {
    const monitored = new Monitored();
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId, attributeId: 13 },
      { discardOldest: true, queueSize: 10, ...parameters },
      TimestampsToReturn.Both,
    );
    item.on("changed", (value: DataValue) => {
      monitored.seen.push(value);
      for (const look of monitored.#waiting) look();
    });
    await new Promise<void>((resolve, reject) => {
      item.once("initialized", () => resolve());
      item.once("err", (message: string) => reject(new Error(message)));
    });
    return monitored;
  }

  /** Resolves once a value that fits has come. */
  until(fits: (value: DataValue) => boolean): Promise<DataValue> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.seen.find((value) => fits(value));
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Tells `heard` which nodes each GeneralModelChangeEvent names. Resolves once the server sends them. */
export async function hearModelChanges(
  session: ClientSession,
  heard: (affected: readonly string[]) => void,
): Promise<void> {
  const item = ClientMonitoredItem.create(
    subscribe(session),
    { nodeId: "i=2253", attributeId: AttributeIds.EventNotifier },
    {
      samplingInterval: 0,
      queueSize: 100,
      discardOldest: true,
      filter: constructEventFilter(["EventType", "Changes"]),
    },
    TimestampsToReturn.Both,
  );
  item.on("changed", ([, changes]: readonly Variant[]) => {
    const list: readonly { affected: { value: string } }[] = changes?.value ?? [];
    if (list.length > 0) heard(list.map(({ affected }) => affected.value));
  });
  await new Promise<void>((resolve) => item.once("initialized", () => resolve()));
}

export function subscribe(session: ClientSession): ClientSubscription {
  return ClientSubscription.create(session, {
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 600,
    requestedMaxKeepAliveCount: 20,
    maxNotificationsPerPublish: 10_000,
    publishingEnabled: true,
    priority: 0,
  });
}
