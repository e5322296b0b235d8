/**
 * `npm run bench -- browser`: the page in a real Chromium on the real hub, a million metrics in its tree and ten thousand
 * changes a second over MQTT: frames, keys, heap; and what fifty open pages cost the hub. Four minutes.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ChildrenAnswer } from "../../hub/src/feed/protocol.ts";
import { buildPage, pageIsCurrent } from "../../scripts/build-page.ts";
import { cpuSeconds, hasProc, residentBytes } from "../broker/proc.ts";
import { freePort, startServer, type Server } from "../broker/servers/start.ts";
import { keep } from "../measure.ts";
import {
  atLeast,
  atMost,
  figure,
  median,
  percentile,
  printModbus as print,
  progress,
  type ModbusFigure as Line,
} from "../modbus/figures.ts";
import { numberIn, Told } from "../modbus/told.ts";
import { deviceName, DEVICES_PER_NODE, GROUP, nodeName } from "./plant.ts";
import { inFirefox } from "./in-firefox.ts";
import { Tab, type Frames } from "./tab.ts";
import { unfoldAll } from "./unfold-all.ts";

const FRAMES_AT_LEAST = 55;
const KEY_MS_AT_MOST = 50;
const HEAP_MB_AT_MOST = 150;
const PAGES = 50;
/** Of a core. */
const PAGES_PERCENT_AT_MOST = 10;
/** With pages and without them, so often in turns. */
const PAGE_ROUNDS = 3;
const WARM_UP_MS = 3000;
const BORN_WITHIN_MS = 300_000;

interface Wishes {
  readonly metrics: number;
  readonly rate: number;
  readonly isFirefox: boolean;
  /** Of each thing that is measured. */
  readonly seconds: number;
  readonly profileFolder: string | undefined;
}

/** Ends with exit code 1 when something is missed. @throws {TypeError} for arguments it does not know. */
export async function browser(args: readonly string[]): Promise<void> {
  if (!hasProc) throw new Error("This bench reads CPU time and memory from /proc: it needs Linux.");
  const { values } = parseArgs({
    args: [...args],
    options: {
      metrics: { type: "string", default: "1000000" },
      rate: { type: "string", default: "10000" },
      seconds: { type: "string", default: "10" },
      profile: { type: "string" },
      firefox: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  if (!pageIsCurrent()) await buildPage(console.log);
  const lines = await measured({
    metrics: Number(values.metrics),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    profileFolder: values.profile,
    isFirefox: values.firefox,
  });
  const name = values.firefox ? "browser-firefox" : "browser";
  if (values.keep) console.log(`\nkept in ${keep(name, lines)}`);
  if (lines.some(({ reached }) => reached === false)) process.exitCode = 1;
}

async function measured(wishes: Wishes): Promise<readonly Line[]> {
  const { metrics, rate, profileFolder } = wishes;
  await using stack = new AsyncDisposableStack();
  const http = await freePort();
  const server = await startServer("hub", "defaults", profileFolder, () => ({
    config: "history: {}\n", // as it is when nothing is said
    listeners: `http: { port: ${http} }`,
    files: new Map(),
  }));
  stack.defer(() => server.stop());
  const from = performance.now();
  const generator = stack.use(
    await Told.start([
      process.execPath,
      join(import.meta.dirname, "generator.ts"),
      ...[server.port, metrics, rate].map(String),
    ]),
  );
  const devices = numberIn(generator.first, "devices");
  const born = await untilBorn(http, metrics);
  progress(`${born} metrics on ${devices} devices were born`);
  const bornSeconds = (performance.now() - from) / 1000;
  await generator.ask("run");
  await sleep(WARM_UP_MS);
  const hubBefore = { cpu: cpuSeconds(server.pid), at: performance.now() };
  const page = await (wishes.isFirefox ? inFirefox : pageLines)(http, devices, wishes);
  const feed = wishes.isFirefox ? [] : await feedLines(server, http, wishes);
  const hubSeconds = (performance.now() - hubBefore.at) / 1000;
  const cores = (cpuSeconds(server.pid) - hubBefore.cpu) / hubSeconds;
  const sent = await generator.ask("rest");
  const plant = [
    figure("metrics in the tree", born, ""),
    figure("  born over MQTT within", bornSeconds, "s"),
    figure(
      "changes a second into the hub",
      numberIn(sent, "changes") / (hubSeconds + WARM_UP_MS / 1000),
      "",
    ),
    figure("  the plant was late, at most", numberIn(sent, "latestMs"), "ms"),
    atMost("  rebirths asked for", numberIn(sent, "rebirths"), "", 0),
    figure("CPU of the hub in all that time", cores * 100, "% of a core"),
    figure("memory of the hub", residentBytes(server.pid) / 1_048_576, "MB"),
  ];
  print(plant);
  return [...page, ...feed, ...plant];
}

/** Metrics below all groups, once as many are there as were meant to be, with those of the edge nodes themselves. */
async function untilBorn(http: number, metrics: number): Promise<number> {
  const giveUpAt = performance.now() + BORN_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${http}/api/ns/children`);
    const { rows }: ChildrenAnswer = JSON.parse(await answer.text());
    const count = rows.reduce((sum, { counts }) => sum + (counts?.metrics ?? 0), 0);
    if (count >= metrics) return count;
    if (performance.now() > giveUpAt)
      throw new Error(`only ${count} of ${metrics} metrics were born`);
    await sleep(200);
  }
}

/** The page as somebody opens it, and then with the whole plant unfolded. */
async function pageLines(http: number, devices: number, wishes: Wishes): Promise<readonly Line[]> {
  const first = `${GROUP}/${nodeName(0)}/${deviceName(0)}`;
  const shown = `${first}/Motor 5 Speed`;
  const from = performance.now();
  await using tab = await Tab.open(
    `http://127.0.0.1:${http}/ns/?p=${shown.split("/").map(encodeURIComponent).join("/")}`,
  );
  await tab.page.locator(`[data-path="${encodeURI(shown)}"][data-quality="good"]`).waitFor();
  const opened = performance.now() - from;
  await tab.page.locator("#tree").focus();
  progress("one device is unfolded");
  const still = await tab.still(wishes.seconds);
  const calm = [
    figure("browser started, page opened, live values shown", opened, "ms"),
    atLeast("frames a second, nobody scrolls", still.perSecond, "", FRAMES_AT_LEAST),
    ...spentLines(still),
  ];
  print(calm);
  const one = await scrolledLines(tab, "one device unfolded", wishes);
  progress("unfolding everything");
  const unfolding = performance.now();
  const { page } = tab;
  const hands = {
    press: (key: string) => page.keyboard.press(key),
    find: (selector: string) => page.locator(selector).waitFor(),
    rowCount: async () => Number(await page.locator("#tree").getAttribute("aria-rowcount")),
  };
  await unfoldAll(hands, Math.ceil(devices / DEVICES_PER_NODE), wishes.metrics);
  const unfolded = (performance.now() - unfolding) / 1000;
  const took = figure("unfolding everything, row by row from the hub", unfolded, "s");
  print([took]);
  const all = await scrolledLines(tab, "everything unfolded", wishes);
  return [...calm, ...one, ...all, took];
}

async function scrolledLines(
  tab: Tab,
  state: string,
  { seconds, profileFolder }: Wishes,
): Promise<readonly Line[]> {
  const frames = await tab.scrolling(seconds);
  const keys = await tab.keys(seconds);
  if (profileFolder !== undefined) {
    const name = state.replaceAll(" ", "-");
    await tab.profiled(join(profileFolder, `${name}-scroll.cpuprofile`), async () => {
      await tab.scrolling(seconds);
    });
    await tab.profiled(join(profileFolder, `${name}-keys.cpuprofile`), async () => {
      await tab.keys(seconds);
    });
  }
  const lines = [
    atLeast(`${state}: frames a second while scrolling`, frames.perSecond, "", FRAMES_AT_LEAST),
    ...spentLines(frames),
    atMost(`${state}: key to paint, p95`, percentile(keys, 0.95), "ms", KEY_MS_AT_MOST),
    figure("  of keys pressed", keys.length, ""),
    atMost(`${state}: JavaScript's heap`, await tab.heapMb(), "MB", HEAP_MB_AT_MOST),
  ];
  print(lines);
  return lines;
}

function spentLines({ gapsMs, busy, scripts, layout, cores }: Frames): readonly Line[] {
  return [
    figure("  between two frames, p99", percentile(gapsMs, 0.99), "ms"),
    figure("  CPU time of the page's main thread a frame", busy, "ms"),
    figure("  of which scripts", scripts, "ms"),
    figure("  of which style and layout", layout, "ms"),
    figure("  all processes of the browser", cores * 100, "% of a core"),
  ];
}

/** CPU of the hub with fifty pages and without them, in turns. */
async function feedLines(
  server: Server,
  http: number,
  { seconds }: Wishes,
): Promise<readonly Line[]> {
  await using pages = await Told.start([
    process.execPath,
    join(import.meta.dirname, "pages.ts"),
    ...[http, PAGES].map(String),
  ]);
  const differences: number[] = [];
  const perSecond = { frames: 0, values: 0, bytes: 0, lost: 0 };
  for (let round = 0; round < PAGE_ROUNDS; round += 1) {
    const without = await coresOf(server, seconds);
    await pages.ask("open");
    const withPages = await coresOf(server, seconds);
    const came = await pages.ask("close");
    differences.push((withPages - without) * 100);
    for (const what of ["frames", "values", "bytes"] as const) {
      perSecond[what] += numberIn(came, what) / (seconds * PAGES * PAGE_ROUNDS);
    }
    perSecond.lost += numberIn(came, "lost");
    progress(
      `${PAGES} pages: ${(withPages * 100).toFixed(1)} % of a core, ${(without * 100).toFixed(1)} % without them`,
    );
  }
  const lines = [
    atMost(
      `${PAGES} open pages cost the hub`,
      median(differences),
      "% of a core",
      PAGES_PERCENT_AT_MOST,
    ),
    figure("  a page gets: frames a second", perSecond.frames, ""),
    figure("  values a second", perSecond.values, ""),
    figure("  kilobytes a second", perSecond.bytes / 1000, ""),
    atMost("  pages that the hub closed", perSecond.lost, "", 0),
  ];
  print(lines);
  return lines;
}

async function coresOf({ pid }: Server, seconds: number): Promise<number> {
  const cpu = cpuSeconds(pid);
  const from = performance.now();
  await sleep(seconds * 1000);
  return (cpuSeconds(pid) - cpu) / ((performance.now() - from) / 1000);
}
