/** A real hub on free ports with a data directory of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { loadConfig, type NamespaceConfig } from "../../hub/src/config/index.ts";
import { startHub, type Hub, type HubOptions } from "../../hub/src/hub.ts";
import { checkAdapterConfig } from "../../hub/src/supervisor/index.ts";
import { Bell } from "./bell.ts";
import { keepingLog, type LogLine } from "./silent-log.ts";

/** What ends with a test. */
export interface Ending {
  after(end: () => unknown): void;
}

/** Where the page's static export is. */
export const PAGE_FOLDER = join(import.meta.dirname, "../../uns-browser/out");

export interface TestHub {
  readonly hub: Hub;
  readonly mqttPort: number;
  readonly wsPort: number;
  readonly httpPort: number;
  readonly logged: readonly LogLine[];
  /** The lines of the log that fit, once there are `count` of them. */
  readonly untilLogged: (pattern: RegExp, count?: number) => Promise<readonly LogLine[]>;
  /** The configuration file; write it anew to reload it. */
  readonly file: string;
  /** The levels of single rules; they may be changed while the hub runs. */
  readonly rules: NamespaceConfig["sparkplug"]["rules"];
  /** Resolves once `holds`, asked again whenever the tree changes. */
  readonly until: (holds: () => boolean) => Promise<void>;
  /** Resolves once the page is served, which is 503 until all adapters have started. */
  readonly served: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a hub; `adapters` is the YAML below `adapters:`, two spaces in. It is stopped with the test at the latest. */
export async function startTestHub(
  t: Ending,
  adapters = "",
  options: HubTestOptions = {},
): Promise<TestHub> {
  let starting: Promise<Hub> | undefined;
  const end = async (): Promise<void> => {
    const started = await starting?.catch(() => undefined); // one that does not start needs no end
    await started?.stop();
  };
  t.after(end);
  const dataDir = options.dataDir ?? tempDir(t);
  endsBefore.get(dataDir)?.push(end);
  const text = configOf(dataDir, adapters, options);
  const file = join(dataDir, "unshub.yaml");
  writeFileSync(file, text);
  const config = await loadConfig(file, checkAdapterConfig);
  const bell = new Bell();
  const { log, lines } = keepingLog(bell.ring);
  const { plcsReady } = options;
  starting = startHub({
    config,
    log,
    pageFolder: PAGE_FOLDER,
    ...(plcsReady && { plcsReady }),
    ...(options.adapterWorker && { adapterWorker: options.adapterWorker }),
    ...(options.guardTimes && { guardTimes: options.guardTimes }),
    configFile: file,
    readConfig: () => loadConfig(file, checkAdapterConfig),
    ...(options.hostClock && { hostClock: options.hostClock }),
  });
  const hub = await starting;
  const port = (kind: string): number =>
    hub.addresses.find((address) => address.kind === kind)?.port ?? 0;
  return {
    hub,
    mqttPort: port("mqtt"),
    wsPort: port("ws"),
    httpPort: port("http"),
    logged: lines,
    untilLogged: (pattern, count = 1) =>
      bell.find(() => {
        const found = lines.filter((line) => pattern.test(JSON.stringify(line)));
        return found.length < count ? undefined : found;
      }),
    file,
    rules: config.namespace.sparkplug.rules,
    until: (holds) => untilTree(hub, holds),
    served: () => untilServed(port("http")),
    stop: () => hub.stop(),
  };
}

/** The YAML of the hub's configuration. */
function configOf(dataDir: string, adapters: string, options: HubTestOptions): string {
  const { mqtt = 0, ws = 0, http = 0 } = options.ports ?? {};
  const { more = "" } = options;
  const commands = /^commands:/m.test(more) ? "" : "commands: { default: allow }";
  const usual = `{ mqtt: { port: ${mqtt} }, ws: { port: ${ws} }, http: { port: ${http} } }`;
  return `
hub: { id: ${options.id ?? "test"}, dataDir: ${JSON.stringify(dataDir)} }
listeners: ${options.listeners ?? usual}
${more}
${commands}
namespace: ${namespaceOf(options)}
adapters:${adapters === "" ? " []" : `\n${adapters}`}
`;
}

function namespaceOf({
  profile = "observe",
  sparkplug = "",
  otherTopics = "allow",
}: HubTestOptions): string {
  return `{ sparkplug: { profile: ${profile}${sparkplug} }, otherTopics: ${otherTopics} }`;
}

async function untilServed(httpPort: number): Promise<void> {
  while ((await fetch(`http://127.0.0.1:${httpPort}/ns/`)).status === 503) await pause(20);
}

function untilTree({ tree }: Hub, holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return;
      stop();
      metrics.stop();
      resolve();
    };
    const metrics = tree.watch(look);
    for (let id = 0; id < tree.rows.size; id += 1) metrics.add(id);
    const rowAdded = (id: number): void => {
      metrics.add(id);
      look();
    };
    const stop = tree.observe({ rowAdded, rowChanged: look, countsChanged: look });
  });
}

export interface HubTestOptions {
  /** Of the hub, where it must not be `test`. */
  readonly id?: string;
  /** The YAML of `listeners:`, instead of the usual ones. */
  readonly listeners?: string;
  /** More sections of the configuration. */
  readonly more?: string;
  readonly profile?: "observe" | "strict";
  /** More of `namespace.sparkplug`, with a comma in front: `, ndeathTimestamp: server`. */
  readonly sparkplug?: string;
  readonly otherTopics?: "allow" | "reject";
  readonly guardTimes?: HubOptions["guardTimes"];
  readonly hostClock?: HubOptions["hostClock"];
  /** Adapters of the test's own; see `rogue-adapter-worker.ts`. */
  readonly adapterWorker?: URL;
  /** Adapters wait for it. */
  readonly plcsReady?: Promise<void>;
  /** To start again with what another hub kept. */
  readonly dataDir?: string;
  /** To start again where another hub was. */
  readonly ports?: { readonly mqtt?: number; readonly ws?: number; readonly http?: number };
}

/** A folder that goes with the test. */
export function tempDir(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-test-"));
  const ends: (() => Promise<void>)[] = [];
  endsBefore.set(folder, ends);
  t.after(async () => {
    await Promise.all(ends.map((end) => end()));
    endsBefore.delete(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  });
  return folder;
}

/** What has to end before a folder goes: a hub that was started in it later, which writes there as long as it runs. */
const endsBefore = new Map<string, (() => Promise<void>)[]>();

/** The YAML of a Modbus adapter `press` (edge node `gw-press`, device `press-01`) with three tags, polled fast. A busy machine is no dead device. */
export function pressAdapter(port: number): string {
  return `
  - name: press
    protocol: modbus
    group: Plant1
    edgeNode: gw-press
    link: { framing: tcp, host: 127.0.0.1, port: ${port}, timeout: 5s, retries: 0 }
    devices:
      - name: press-01
        unit: 1
        readOnly: false
        offlineAfter: 2
        groups: { fast: { interval: 100ms } }
        tags:
          - { name: Hydraulics/Pressure, at: "hr:0", type: int16, group: fast, unit: bar }
          - { name: Hydraulics/Setpoint, at: "hr:1", type: int16, group: fast, unit: bar, access: rw, writeRange: [0, 350] }
          - { name: Running, at: "co:0", type: bool, group: fast }
`;
}

/** What that adapter's PLC has in its registers. */
export function pressMemory() {
  return { "1": { hr: { 0: 120, 1: 200 }, co: { 0: 1 } } };
}
