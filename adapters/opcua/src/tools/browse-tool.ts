/** `unshub opcua browse`: what a server has, as lines or as a table of tags that `tagFile` reads. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { AdapterTool, Logger, ToolContext } from "@unshub/adapter";
import { findTags, type FoundTag } from "../browse/find-tags.ts";
import { placeText, tagFields } from "../browse/tag-fields.ts";
import type { OpcUaConfig } from "../config.ts";
import { parseConfig } from "../config/parse.ts";
import { TAG_TABLES } from "../config/tag-table.ts";
import { closeClient, closeSession } from "../connect/close-client.ts";
import { Connector } from "../connect/connector.ts";
import { certificateDir, trustDir } from "../folders.ts";
import { loadLibrary } from "../library.ts";
import { quietLibrary } from "../quiet.ts";
import { tool, ToolUsageError } from "./run-tool.ts";

const OPTIONS = {
  config: { type: "string", short: "c" },
  adapter: { type: "string" },
  root: { type: "string", default: "/Objects" },
  include: { type: "string", multiple: true },
  exclude: { type: "string", multiple: true },
  depth: { type: "string", default: "12" },
  max: { type: "string", default: "20000" },
  name: { type: "string", default: "browsePath" },
  group: { type: "string", default: "fast" },
  properties: { type: "boolean", default: false },
  csv: { type: "boolean", default: false },
  security: { type: "string", default: "auto" },
  trust: { type: "string", multiple: true },
  waive: { type: "string", multiple: true },
  user: { type: "string" },
  password: { type: "string" },
} as const;

type Asked = ReturnType<typeof readArguments>["values"];

export const browseTool: AdapterTool = tool(
  {
    name: "browse",
    summary: "what a server has, as lines or as a table of tags",
    usage: `unshub opcua browse URL [--security none|auto] [--trust FINGERPRINT] [--waive NAME] [--user NAME --password SECRET]
unshub opcua browse -c FILE [--adapter NAME]
  [--root PATH|NODE] [--include GLOB]… [--exclude GLOB]… [--depth N] [--max N] [--name browsePath|displayPath|nodeId]
  [--properties] [--csv [--group NAME]]
  With -c, address, protection, user and trust are those of the entry, and so is our certificate. SECRET is best written as
  \${env:NAME} or \${file:/path}. --csv prints a table that \`tagFile\` of an entry reads.`,
  },
  async (args, context) => {
    const { values, positionals } = readArguments(args);
    const folders = await foldersFor(values, context);
    try {
      const config = await configFor(values, positionals, context);
      const { tags, problems } = await look(config, folders, context);
      for (const problem of problems) context.complain(problem);
      if (values.csv)
        context.print(TAG_TABLES.write(tags.map(({ tag }) => tagFields(tag))).trimEnd());
      else for (const line of linesOf(tags)) context.print(line);
      return problems.length > 0 ? 1 : 0;
    } finally {
      await folders.discard();
    }
  },
);

function readArguments(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

interface ToolFolders {
  readonly trust: string;
  readonly certificate: string;
  discard(): Promise<void>;
}

/** Without a configuration the certificate lives no longer than the tool. */
async function foldersFor(asked: Asked, context: ToolContext): Promise<ToolFolders> {
  if (asked.config !== undefined) {
    const { dataDir, sharedDir } = await context.foldersOf(asked.config, asked.adapter);
    return {
      trust: trustDir(dataDir),
      certificate: certificateDir(sharedDir),
      discard: () => Promise.resolve(),
    };
  }
  const folder = await mkdtemp(join(tmpdir(), "unshub-browse-"));
  return {
    trust: trustDir(folder),
    certificate: certificateDir(folder),
    discard: () => rm(folder, { recursive: true }),
  };
}

async function configFor(
  asked: Asked,
  positionals: readonly string[],
  context: ToolContext,
): Promise<OpcUaConfig> {
  const [url, ...more] = positionals;
  const isOneOf = (url === undefined) !== (asked.config === undefined);
  if (!isOneOf || more.length > 0) throw new ToolUsageError("name a URL, or a file with -c");
  const rule = {
    root: asked.root,
    include: asked.include ?? ["**"],
    exclude: asked.exclude ?? [],
    depth: Number(asked.depth),
    maxNodes: Number(asked.max),
    name: asked.name,
    properties: asked.properties,
    group: asked.group,
  };
  const groups = { [asked.group]: { interval: "1s" } };
  if (asked.config === undefined) {
    const connection = connectionOf(asked, url);
    return parseConfig({ ...connection, device: "device", groups, browse: [rule] });
  }
  const entry = await context.readEntry(asked.config, asked.adapter);
  const written: object = typeof entry === "object" && entry !== null ? entry : {};
  const place = { folder: dirname(resolve(asked.config)) };
  const {
    tags: _tags,
    tagFile: _file,
    devicesFrom: _devices,
    ...rest
  } = {
    tags: undefined,
    tagFile: undefined,
    devicesFrom: undefined,
    ...written,
  };
  return parseConfig({ device: "device", ...rest, groups, browse: [rule] }, place);
}

function connectionOf(asked: Asked, url: string | undefined): object {
  const { security, trust = [], waive = [], user, password } = asked;
  if ((user === undefined) !== (password === undefined)) {
    throw new ToolUsageError("--user and --password belong together");
  }
  return {
    endpoint: url,
    security,
    allowNone: security === "none",
    trust,
    waive,
    ...(user === undefined ? {} : { identity: { user, password } }),
  };
}

async function look(
  config: OpcUaConfig,
  folders: ToolFolders,
  context: ToolContext,
): Promise<{ readonly tags: readonly FoundTag[]; readonly problems: readonly string[] }> {
  const library = await loadLibrary();
  const log = complaining(context);
  quietLibrary(library, log);
  const connector = new Connector({
    config,
    library,
    log,
    certificateDir: folders.certificate,
    trustDir: folders.trust,
    now: () => context.now(),
  });
  const opened = await connector.open(config.endpoint, context.signal);
  try {
    const { session, server } = opened;
    const { signal } = context;
    return await findTags({ session, server, library, config, signal, taken: new Set() });
  } finally {
    await closeSession(opened.session);
    await closeClient(opened.client);
  }
}

/** What the operator must know of the connection; the rest is in the failure. */
function complaining(context: ToolContext): Logger {
  const say = (fields: object, message: string): void => {
    const certificate: unknown = Reflect.get(fields, "certificate");
    context.complain(message);
    if (Array.isArray(certificate)) for (const line of certificate) context.complain(`  ${line}`);
  };
  return { debug: silent, info: silent, warn: say, error: say };
}

function silent(): void {
  // what a person at a terminal need not know
}

function linesOf(tags: readonly FoundTag[]): readonly string[] {
  const width = Math.min(60, Math.max(0, ...tags.map(({ tag }) => tag.name.length)));
  return tags.map(({ tag }) => {
    const more = tag.unit === undefined ? "" : `  ${tag.unit}`;
    return `${tag.name.padEnd(width)}  ${tag.access.padEnd(2)}  ${placeText(tag)}${more}`;
  });
}
