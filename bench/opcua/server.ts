/**
 * The load: `server.ts COUNT EVERY_MS`. A node-opcua server in a process of its own with COUNT numbers (`N0`, `N1` …), each
 * one more every EVERY_MS, a tenth of them at a time. `remove`: N0 is gone. It serves None, and SignAndEncrypt as well.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
} from "node-opcua-client";
import { OPCUAServer } from "node-opcua-server";
import { answerLines } from "../modbus/told.ts";

const PARTS = 10;
const [count = 0, everyMs = 0] = process.argv.slice(2).map(Number);

// Standard output is for answers.
for (const set of [setDebugLogger, setErrorLogger, setWarningLogger]) set(() => undefined);
const folder = mkdtempSync(join(tmpdir(), "unshub-bench-opcua-"));
const certificates = new OPCUACertificateManager({
  rootFolder: folder,
  automaticallyAcceptUnknownCertificate: true,
  disableFileWatchers: true,
});
const server = new OPCUAServer({
  host: "127.0.0.1",
  hostname: "127.0.0.1",
  port: 0,
  securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
  securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
  disableDiscovery: false,
  isAuditing: false,
  serverCertificateManager: certificates,
  userCertificateManager: certificates,
  // Every change counts: otherwise those within one sampling interval are one.
  serverCapabilities: { minSupportedSampleRate: 0 },
});
await server.initialize();
const space = server.engine.addressSpace;
if (space === null) throw new TypeError("an initialized server has an address space");
const namespace = space.registerNamespace("urn:unshub:bench");
const parent = namespace.addFolder(space.rootFolder.objects, { browseName: "Bench" });
const variables = Array.from({ length: count }, (_, index) =>
  namespace.addVariable({
    componentOf: parent,
    browseName: `N${index}`,
    nodeId: `s=N${index}`,
    dataType: DataType.Double,
    minimumSamplingInterval: 0,
  }),
);
await server.start();

let turn = 0;
let isFirstGone = false;

/** A tenth of the numbers goes up. */
function change(): void {
  const at = new Date();
  const value = new Variant({ dataType: DataType.Double, value: Math.floor(turn / PARTS) + 1 });
  for (let index = turn % PARTS; index < count; index += PARTS) {
    if (index > 0 || !isFirstGone)
      variables[index]?.setValueFromSource(value, StatusCodes.Good, at);
  }
  turn += 1;
}
/** What is due by now, however late this process was called. */
function changeAll(): void {
  const due = Math.floor((performance.now() - startedAt) / (everyMs / PARTS));
  while (turn < PARTS + due) change();
}

const startedAt = performance.now();
for (let part = 0; part < PARTS; part += 1) change();
const timer = everyMs > 0 ? setInterval(changeAll, everyMs / PARTS) : undefined;

await answerLines(
  { port: server.endpoints[0]?.port ?? 0, namespace: namespace.index },
  ([word]) => {
    if (word === "remove") {
      isFirstGone = true;
      if (variables[0] !== undefined) space.deleteNode(variables[0].nodeId);
    }
    return { atMs: Date.now(), turn };
  },
);
clearInterval(timer);
await server.shutdown(0);
rmSync(folder, { recursive: true, force: true });
