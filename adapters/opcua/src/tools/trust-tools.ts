/** `unshub opcua trust|reject|list-certs`: whose certificates an adapter accepts. It looks at its files at each attempt. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { firstLine } from "../errors.ts";
import { trustDir } from "../folders.ts";
import { certificateLines, TRUST_FOLDERS, TrustStore, type TrustFolder } from "@unshub/opcua-trust";
import { tool, ToolUsageError } from "./run-tool.ts";

const CONFIG = { config: { type: "string", short: "c", default: "unshub.yaml" } } as const;

export const trustTool: AdapterTool = tool(
  {
    name: "trust",
    summary: "accept the certificate of a server",
    usage: `unshub opcua trust ADAPTER FINGERPRINT [--chain] [-c FILE]
  ADAPTER is the name of the entry; FINGERPRINT the SHA-256 or SHA-1 of the certificate, or its first 8 digits or more.
  --chain also trusts whatever the issuer of the certificate has signed. The adapter connects within seconds.`,
  },
  async (args, context) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CONFIG, chain: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const { store, chain } = await chosen(positionals, values.config, context);
    if (values.chain) await store.trustIssuer(chain);
    else await store.trust(chain);
    await show(store, values.chain ? ["issuers", "trusted"] : ["trusted"], context);
    return 0;
  },
);

export const rejectTool: AdapterTool = tool(
  {
    name: "reject",
    summary: "refuse the certificate of a server",
    usage: `unshub opcua reject ADAPTER FINGERPRINT [-c FILE]
  The adapter no longer connects to the server with this certificate; \`trust\` takes it back.`,
  },
  async (args, context) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: CONFIG,
      allowPositionals: true,
    });
    const { store, chain } = await chosen(positionals, values.config, context);
    await store.reject(chain);
    await show(store, ["rejected"], context);
    return 0;
  },
);

export const revokeTool: AdapterTool = tool(
  {
    name: "add-crl",
    summary: "take a revocation list of an issuer",
    usage: `unshub opcua add-crl ADAPTER FILE [-c CONFIG]
  FILE is a list in DER or PEM (X.509 CRL). Certificates that it names are refused from the next connection on, also trusted
  ones. Who signed it must be a trusted issuer or certificate, or sent by the server. Files of former lists may be removed.`,
  },
  async (args, context) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: CONFIG,
      allowPositionals: true,
    });
    const [adapter, file, ...more] = positionals;
    if (adapter === undefined || file === undefined || more.length > 0) {
      throw new ToolUsageError("name an adapter and a file");
    }
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new ToolUsageError(`${file} cannot be read: ${firstLine(cause)}`);
    });
    const store = await storeOf(values.config, adapter, context);
    if (!(await store.addRevocationList(bytes))) {
      throw new ToolUsageError(
        `${file} is no revocation list, or signed in a way that is not understood`,
      );
    }
    context.print(`${adapter} refuses from now on what the list names.`);
    return 0;
  },
);

export const listTool: AdapterTool = tool(
  {
    name: "list-certs",
    summary: "certificates of servers: trusted, waiting, rejected",
    usage: `unshub opcua list-certs [ADAPTER] [-c FILE]
  Without ADAPTER: of the only OPC UA entry of FILE, which is ./unshub.yaml unless named.`,
  },
  async (args, context) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: CONFIG,
      allowPositionals: true,
    });
    const store = await storeOf(values.config, positionals[0], context);
    await show(store, TRUST_FOLDERS, context);
    return 0;
  },
);

async function chosen(
  [adapter, fingerprint, ...more]: readonly string[],
  config: string,
  context: ToolContext,
): Promise<{ readonly store: TrustStore; readonly chain: readonly Buffer[] }> {
  if (adapter === undefined || fingerprint === undefined || more.length > 0) {
    throw new ToolUsageError("name an adapter and a fingerprint");
  }
  const store = await storeOf(config, adapter, context);
  const chain = await store.find(fingerprint);
  if (chain !== undefined) return { store, chain };
  const message = `no certificate, or more than one, has a fingerprint that begins with ${fingerprint}; unshub opcua list-certs ${adapter} shows those that a server has shown`;
  throw new ToolUsageError(message);
}

async function storeOf(
  config: string,
  adapter: string | undefined,
  context: ToolContext,
): Promise<TrustStore> {
  const { dataDir } = await context.foldersOf(config, adapter);
  return new TrustStore(trustDir(dataDir));
}

async function show(
  store: TrustStore,
  folders: readonly TrustFolder[],
  context: ToolContext,
): Promise<void> {
  let count = 0;
  for (const folder of folders) {
    for (const { facts, chain } of await store.list(folder)) {
      count += 1;
      context.print(`${WORDS[folder]}:`);
      for (const line of certificateLines(facts)) context.print(`  ${line}`);
      for (const issuer of chain)
        context.print(`  signed by    ${issuer.subject}, sha256 ${issuer.sha256}`);
    }
  }
  if (count === 0) context.print("No server has shown a certificate yet.");
}

const WORDS: Readonly<Record<TrustFolder, string>> = {
  trusted: "Trusted",
  issuers: "Trusted issuer",
  rejected: "Rejected",
  waiting: "Waiting for a decision",
};
