/** An OPC UA server that tests shape as they need: its nodes, its limits, its namespaces, its moods. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  DataType,
  MessageSecurityMode,
  SecurityPolicy,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  StatusCodes,
  Variant,
  type StatusCode,
} from "node-opcua-client";
import { OPCUAServer, type OPCUAServerOptions } from "node-opcua-server";

export const LAB = "urn:unshub:lab";

/** How a lab is made. */
export interface LabOptions {
  /** 0 (default) takes a free one. */
  readonly port?: number;
  /** Namespaces that come before the lab's own one, and move its index. */
  readonly before?: readonly string[];
  readonly capabilities?: Capabilities;
  /** Adds types before the server starts: afterwards it would not know how they are encoded. */
  readonly prepare?: (namespace: Namespace, space: AddressSpace) => Promise<void>;
}

type Capabilities = NonNullable<OPCUAServerOptions["serverCapabilities"]>;
export type AddressSpace = NonNullable<OPCUAServer["engine"]["addressSpace"]>;
export type Namespace = ReturnType<AddressSpace["registerNamespace"]>;
type Folder = ReturnType<Namespace["addFolder"]>;
type LabVariable = ReturnType<Namespace["addVariable"]>;

/** Where a tag finds the node. */
export function labNode(name: string): string {
  return `nsu=${LAB};s=${name}`;
}

export class OpcUaLab implements AsyncDisposable {
  readonly server: OPCUAServer;
  readonly space: AddressSpace;
  readonly namespace: Namespace;
  readonly folder: Folder;
  readonly port: number;
  readonly #variables = new Map<string, LabVariable>();
  readonly #pkiDir: string;

  private constructor(server: OPCUAServer, namespace: Namespace, pkiDir: string) {
    const { addressSpace } = server.engine;
    if (addressSpace === null) throw new TypeError("an initialized server has an address space");
    this.server = server;
    this.space = addressSpace;
    this.namespace = namespace;
    this.#pkiDir = pkiDir;
    this.folder = namespace.addFolder(addressSpace.rootFolder.objects, {
      browseName: "Lab",
      nodeId: "s=Lab",
    });
    this.port = server.endpoints[0]?.port ?? 0;
  }

  static async start(options: LabOptions = {}): Promise<OpcUaLab> {
    for (const set of [setDebugLogger, setErrorLogger, setWarningLogger]) set(() => undefined);
    const pkiDir = await mkdtemp(join(tmpdir(), "unshub-lab-"));
    const certificates = new OPCUACertificateManager({
      rootFolder: pkiDir,
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    });
    const server = new OPCUAServer({
      host: "127.0.0.1",
      hostname: "127.0.0.1",
      port: options.port ?? 0,
      securityPolicies: [SecurityPolicy.None],
      securityModes: [MessageSecurityMode.None],
      allowAnonymous: true,
      allowAnonymousSubscriptionTransferOnUnsecuredChannel: true,
      disableDiscovery: false,
      isAuditing: false,
      serverCertificateManager: certificates,
      userCertificateManager: certificates,
      // Every change counts: otherwise those within one sampling interval are one.
      serverCapabilities: { minSupportedSampleRate: 0, ...options.capabilities },
    });
    await server.initialize();
    const space = server.engine.addressSpace;
    if (space === null) throw new TypeError("an initialized server has an address space");
    for (const uri of options.before ?? []) space.registerNamespace(uri);
    const namespace = space.registerNamespace(LAB);
    await options.prepare?.(namespace, space);
    await server.start();
    return new OpcUaLab(server, namespace, pkiDir);
  }

  /** Adds a variable; `extra` goes to the library as it is. */
  add(name: string, value: Variant, extra: object = {}): LabVariable {
    const variable = this.namespace.addVariable({
      componentOf: this.folder,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: value.dataType,
      minimumSamplingInterval: 0,
      accessLevel: "CurrentRead | CurrentWrite",
      ...extra,
    });
    variable.setValueFromSource(value, StatusCodes.Good, new Date());
    this.#variables.set(name, variable);
    return variable;
  }

  /** One that was added. */
  variable(name: string): LabVariable {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new TypeError(`the lab has no ${name}`);
    return variable;
  }

  addDouble(name: string, value: number): LabVariable {
    return this.add(name, new Variant({ dataType: DataType.Double, value }));
  }

  set(name: string, value: Variant, how: { status?: StatusCode; at?: Date } = {}): void {
    const { status = StatusCodes.Good, at = new Date() } = how;
    this.#variables.get(name)?.setValueFromSource(value, status, at);
  }

  setDouble(name: string, value: number, how: { status?: StatusCode; at?: Date } = {}): void {
    this.set(name, new Variant({ dataType: DataType.Double, value }), how);
  }

  /** The node is gone, as after a download to the PLC. */
  remove(name: string): void {
    const variable = this.#variables.get(name);
    if (variable !== undefined) this.space.deleteNode(variable.nodeId);
    this.#variables.delete(name);
  }

  /** An adapter's configuration with these tags; fast, so that tests need not wait. */
  config(tags: readonly object[], more: object = {}): Record<string, unknown> {
    return {
      endpoint: `opc.tcp://127.0.0.1:${this.port}`,
      security: "none",
      allowNone: true,
      device: "lab",
      readOnly: false,
      offlineGrace: "300ms",
      groups: { fast: { interval: "50ms", sampling: "0ms", queue: 1000 } },
      tags: tags.map((tag) => ({ group: "fast", ...tag })),
      ...more,
    };
  }

  /** How well the server says that it serves: 200 and above is well. */
  setServiceLevel(level: number): void {
    const { serviceLevel } = this.space.rootFolder.objects.server;
    const get = (): Variant => new Variant({ dataType: DataType.Byte, value: level });
    serviceLevel.bindVariable({ get }, true);
  }

  /** Ends all sessions, as a server does that is short of them. `keeps`: their subscriptions live on for a while. */
  closeSessions(keeps: "nothing" | "subscriptions" = "nothing"): void {
    const { engine } = this.server;
    for (const session of engine.getSessions()) {
      engine.closeSession(session.authenticationToken, keeps === "nothing", "Timeout");
    }
  }

  /** Resolves once no more than so many sessions are open. */
  async untilSessions(most: number): Promise<void> {
    while (this.server.engine.currentSessionCount > most) await pause(10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown(0);
    await rm(this.#pkiDir, { recursive: true, force: true });
  }
}

/** The hub's adapter `cell` for a lab; `tags`: what stands behind `tags:`. */
export function labEntry(
  { port }: Pick<OpcUaLab, "port">,
  tags: string,
  interval = "10ms",
): string {
  return `  - name: cell
    protocol: opcua
    group: P
    edgeNode: gw
    endpoint: opc.tcp://127.0.0.1:${port}
    security: none
    allowNone: true
    device: lab
    groups: { fast: { interval: ${interval} } }
    tags: ${tags}
`;
}

/** One of its tags. */
export function labTag(name: string, node = name): string {
  return `{ name: ${name}, node: "${labNode(node)}", group: fast }`;
}
