/** A server of node-opcua with whatever protection, users, certificate, limits and nodes a test asks for. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { MessageSecurityMode, SecurityPolicy } from "node-opcua-client";
import {
  CertificatePurpose,
  createSelfSignedCertificate,
  generateKeyPair,
  privateKeyToPEM,
} from "node-opcua-crypto/web";
import { OPCUAServer, type OPCUAServerOptions } from "node-opcua-server";

export type AddressSpace = NonNullable<OPCUAServer["engine"]["addressSpace"]>;

/** What a certificate says; left out: all is well. */
export interface CertificateWishes {
  readonly validFrom?: Date;
  readonly validTo?: Date;
  readonly ip?: readonly string[];
  readonly applicationUri?: string;
  /** `CN=Test server/O=UNS Hub tests` */
  readonly subject?: string;
  readonly keyBits?: 1024 | 2048;
}

/** What a server is like; left out: anonymous, no protection, all policies off. */
export interface ServerWishes {
  readonly policies?: readonly (keyof typeof SecurityPolicy)[];
  readonly modes?: readonly (keyof typeof MessageSecurityMode)[];
  readonly allowAnonymous?: boolean;
  /** The one user that is let in. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Whether unknown clients are let in. */
  readonly trustsAll?: boolean;
  readonly certificate?: CertificateWishes;
  readonly capabilities?: OPCUAServerOptions["serverCapabilities"];
  readonly buildInfo?: OPCUAServerOptions["buildInfo"];
  readonly port?: number;
  build?(addressSpace: AddressSpace): void;
}

const DAY_MS = 86_400_000;
const APPLICATION_URI = "urn:unshub:test-server";

/** A certificate and its key, both PEM. */
export async function makeApplicationCertificate(
  wishes: CertificateWishes = {},
): Promise<{ readonly cert: string; readonly key: string }> {
  const { privateKey } = await generateKeyPair(wishes.keyBits ?? 2048);
  const { privPem } = await privateKeyToPEM(privateKey);
  const { cert } = await createSelfSignedCertificate({
    privateKey,
    notBefore: wishes.validFrom ?? new Date(Date.now() - DAY_MS),
    notAfter: wishes.validTo ?? new Date(Date.now() + 365 * DAY_MS),
    subject: wishes.subject ?? "CN=Test server/O=UNS Hub tests",
    dns: ["localhost"],
    ip: [...(wishes.ip ?? ["127.0.0.1"])],
    applicationUri: wishes.applicationUri ?? APPLICATION_URI,
    purpose: CertificatePurpose.ForApplication,
  });
  return { cert, key: privPem };
}

/** A running server on 127.0.0.1; gone when disposed. */
export class SecureServer implements AsyncDisposable {
  readonly server: OPCUAServer;
  readonly #certificates: OPCUACertificateManager;
  readonly #folder: string;

  private constructor(server: OPCUAServer, certificates: OPCUACertificateManager, folder: string) {
    this.server = server;
    this.#certificates = certificates;
    this.#folder = folder;
  }

  static async start(wishes: ServerWishes = {}): Promise<SecureServer> {
    const folder = await mkdtemp(join(tmpdir(), "unshub-opcua-server-"));
    const { cert, key } = await makeApplicationCertificate(wishes.certificate);
    const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
    const certificates = new OPCUACertificateManager({
      rootFolder: join(folder, "pki"),
      automaticallyAcceptUnknownCertificate: wishes.trustsAll ?? true,
      disableFileWatchers: true,
    });
    const server = new OPCUAServer(optionsOf(wishes, files, certificates));
    await server.initialize();
    const { addressSpace } = server.engine;
    if (addressSpace === null) throw new TypeError("an initialized server has an address space");
    wishes.build?.(addressSpace);
    await server.start();
    return new SecureServer(server, certificates, folder);
  }

  get port(): number {
    return this.server.endpoints[0]?.port ?? 0;
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.port}`;
  }

  /** What an administrator does who moves our certificate from rejected to trusted. */
  async trustClient(certificate: Buffer): Promise<void> {
    await this.#certificates.trustCertificate(certificate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown(0);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function optionsOf(
  wishes: ServerWishes,
  files: { readonly cert: string; readonly key: string },
  certificates: OPCUACertificateManager,
): OPCUAServerOptions {
  const { policies = ["None"], modes = ["None"], user, capabilities, buildInfo } = wishes;
  return {
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    port: wishes.port ?? 0,
    securityPolicies: policies.map((name) => SecurityPolicy[name]),
    securityModes: modes.map((name) => MessageSecurityMode[name]),
    allowAnonymous: wishes.allowAnonymous ?? true,
    disableDiscovery: false,
    isAuditing: false,
    certificateFile: files.cert,
    privateKeyFile: files.key,
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    serverInfo: { applicationUri: APPLICATION_URI },
    ...(user === undefined
      ? {}
      : {
          userManager: {
            isValidUser: (name: string, password: string) =>
              name === user.name && password === user.password,
          },
        }),
    ...(capabilities === undefined ? {} : { serverCapabilities: capabilities }),
    ...(buildInfo === undefined ? {} : { buildInfo }),
  };
}
