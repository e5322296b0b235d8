/** A closed hub with an OPC UA server and an adapter of OPC UA that reaches nobody, and certificates that wait there. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trustDir, TrustStore } from "@unshub/opcua-trust";
import { makeCertificate } from "./certificates.ts";
import { startClosedHub, type ClosedHub } from "./http-hub.ts";
import type { Ending } from "./hub.ts";

/** The port 1 is nobody's. */
const ADAPTER = `
  - name: cell2
    protocol: opcua
    group: Plant1
    edgeNode: gw-cell2
    endpoint: opc.tcp://127.0.0.1:1
    device: cell
    groups: { fast: { interval: 1s } }
    tags: [{ name: Time, node: i=2258, group: fast }]`;

export interface TrustHub extends ClosedHub {
  /** Where the adapter keeps whom it trusts. */
  readonly servers: TrustStore;
  /** Lets a server show a certificate with that of its issuer. @returns its SHA-256 */
  showServer(name: string): Promise<string>;
  readonly opcUaEndpoint: string;
}

export async function startTrustHub(t: Ending): Promise<TrustHub> {
  const listeners = "{ mqtt: { port: 0 }, http: { port: 0 }, opcua: { port: 0 } }";
  const dataDir = mkdtempSync(join(tmpdir(), "unshub-trust-"));
  const hub = await startClosedHub(t, ADAPTER, { listeners, dataDir });
  t.after(() => rmSync(dataDir, { recursive: true, force: true })); // after its stop: until then it writes there
  const port = hub.hub.addresses.find(({ kind }) => kind === "opcua")?.port ?? 0;
  const servers = new TrustStore(trustDir(join(hub.dataDir, "adapters", "cell2")));
  return {
    ...hub,
    servers,
    showServer: async (name) => {
      const issuer = makeCertificate("Plant CA", { isCa: true });
      const own = new X509Certificate(makeCertificate(name, { signedBy: issuer }).cert);
      await servers.keepWaiting([own.raw, new X509Certificate(issuer.cert).raw]);
      return own.fingerprint256.replaceAll(":", "").toLowerCase();
    },
    opcUaEndpoint: `opc.tcp://127.0.0.1:${port}`,
  };
}
