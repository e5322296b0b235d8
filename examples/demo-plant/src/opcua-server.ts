/** The OPC UA server of the plant: anonymous, without encryption, on loopback only, with the standard nodeset. */
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  MessageSecurityMode,
  SecurityPolicy,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
} from "node-opcua-client";
import { OPCUAServer } from "node-opcua-server";
import { listenError } from "./errors.ts";
import { addPaintNodes } from "./paint-address-space.ts";
import type { PaintCell } from "./paint-cell.ts";

/** A listening server. */
export interface OpcUaServer {
  readonly port: number;
  /** Shows the machine's new values to clients; call it after each step. */
  refresh(): void;
  /** Closes the port and cuts all connections. */
  stop(): Promise<void>;
}

/** Where the server listens and what it shows. */
export interface OpcUaServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Holds the server's key and certificate; made at the first start, which takes about half a second longer. */
  readonly pkiDir: string;
  readonly cell: PaintCell;
  /** Milliseconds since 1970 UTC at which the cell's simulated time was 0. */
  readonly startedAt: number;
}

/**
 * Listens on `opc.tcp://127.0.0.1:PORT`.
 * @throws {DemoPlantError} PORT_IN_USE
 */
export async function startOpcUaServer(options: OpcUaServerOptions): Promise<OpcUaServer> {
  silenceLibrary();
  const server = newServer(options);
  await server.initialize();
  const addressSpace = server.engine.addressSpace;
  if (addressSpace === null) throw new TypeError("an initialized server has an address space");
  const refresh = addPaintNodes(addressSpace, options.cell, options.startedAt);
  try {
    await server.start();
  } catch (cause) {
    await server.shutdown(0);
    throw cause instanceof Error ? listenError(options.port, cause) : cause;
  }
  return {
    port: server.endpoints[0]?.port ?? options.port,
    refresh,
    stop: () => server.shutdown(0),
  };
}

function newServer(options: OpcUaServerOptions): OPCUAServer {
  const certificates = new OPCUACertificateManager({
    rootFolder: options.pkiDir,
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  return new OPCUAServer({
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    port: options.port,
    securityPolicies: [SecurityPolicy.None],
    securityModes: [MessageSecurityMode.None],
    allowAnonymous: true,
    disableDiscovery: false, // GetEndpoints is a discovery service; clients need it
    isAuditing: false,
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    serverInfo: {
      applicationUri: "urn:unshub:demo-plant:server",
      productUri: "urn:unshub:demo-plant",
      applicationName: { text: "UNS Hub demo plant", locale: "en" },
    },
    buildInfo: { productName: "UNS Hub demo plant", manufacturerName: "UNS Hub" },
  });
}

/** The library writes warnings and stack traces to the console; a demo has nobody who would read them. */
function silenceLibrary(): void {
  setDebugLogger(discard);
  setErrorLogger(discard);
  setWarningLogger(discard);
}

function discard(): void {
  // on purpose
}
