/** `unshub opcua cert|renew-cert`: the certificate by which servers know the hub. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { certificateDir } from "../folders.ts";
import {
  certificateLines,
  ownCertificate,
  renewCertificate,
  type OwnCertificate,
} from "@unshub/opcua-trust";
import { tool, ToolUsageError } from "./run-tool.ts";

const CONFIG = {
  config: { type: "string", short: "c", default: "unshub.yaml" },
  adapter: { type: "string" },
} as const;

export const certTool: AdapterTool = tool(
  {
    name: "cert",
    summary: "the certificate that servers must trust",
    usage: `unshub opcua cert [--export pem | --export der -o FILE] [-c FILE] [--adapter NAME]
  Shows our application certificate, one for all OPC UA entries, and makes it when there is none yet. --export pem prints
  it; with -o FILE it is written there. The key never leaves the data directory.`,
  },
  async (args, context) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...CONFIG,
        export: { type: "string" },
        output: { type: "string", short: "o" },
      },
    });
    const own = await ownCertificate(
      await folderOf(values.config, values.adapter, context),
      context.now(),
    );
    if (values.export === undefined) show(own, context);
    else await exportTo(own, values.export, values.output, context);
    return 0;
  },
);

export const renewTool: AdapterTool = tool(
  {
    name: "renew-cert",
    summary: "a new certificate, which each server must be told to trust",
    usage: `unshub opcua renew-cert [--keep-key] [-c FILE] [--adapter NAME]
  The former one is kept beside it. Adapters use the new one from their next connection on.`,
  },
  async (args, context) => {
    const { values } = parseArgs({
      args: [...args],
      options: { ...CONFIG, "keep-key": { type: "boolean", default: false } },
    });
    const folder = await folderOf(values.config, values.adapter, context);
    const keepKey = values["keep-key"];
    show(await renewCertificate(folder, { keepKey, now: context.now() }), context);
    context.print("Tell each server to trust it; adapters use it from their next connection on.");
    return 0;
  },
);

async function folderOf(
  config: string,
  adapter: string | undefined,
  context: ToolContext,
): Promise<string> {
  const { sharedDir } = await context.foldersOf(config, adapter);
  return certificateDir(sharedDir);
}

function show({ facts, file }: OwnCertificate, context: ToolContext): void {
  for (const line of certificateLines(facts)) context.print(line);
  context.print(`file         ${file}`);
}

async function exportTo(
  { certificate }: OwnCertificate,
  form: string,
  output: string | undefined,
  context: ToolContext,
): Promise<void> {
  if (form !== "pem" && form !== "der") throw new ToolUsageError("--export takes pem or der");
  if (form === "der" && output === undefined) {
    throw new ToolUsageError("--export der needs -o FILE: it is no text");
  }
  const bytes = form === "der" ? certificate : pemOf(certificate);
  if (output === undefined) return context.print(bytes.toString().trimEnd());
  await writeFile(output, bytes);
  context.print(`written to ${output}`);
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
