/** What a configuration comes to on the wire: every request, how often, how long. Opens nothing. */
import type {
  AdapterPlan,
  ConfigProblem,
  PlannedDevice,
  PlannedLink,
  PlannedRequest,
} from "@unshub/adapter";
import { isBitTable, parseAddress } from "../address.ts";
import type { DeviceConfig, GroupConfig, LinkedDevices, ModbusConfig } from "../config/config.ts";
import type { Tag } from "../tag.ts";
import type { PlannedTag } from "../types/decode-plan.ts";
import { linkAddress, linkName, type BusConfig, type LinkConfig } from "../wire/link-config.ts";
import { costOf, lineOf } from "./cost.ts";
import { NOTHING_LEARNED } from "./learned.ts";
import { planLimits, type Span } from "./limits.ts";
import type { PlannedBlock } from "./plan-blocks.ts";
import { planDevice, type GroupPlan } from "./ride-along.ts";
import { blockMs, busLoad, requestsPerSecond, type PolledGroup } from "./wire-time.ts";

/** A link busier than this leaves no room for writes and repeats. */
const BUSY = 0.8;
const READ_FUNCTIONS = { co: 1, di: 2, hr: 3, ir: 4 } as const;

/** The plan of one entry: what `unshub check` prints. */
export function describePlan({ links, warnings }: ModbusConfig): AdapterPlan {
  const planned = links.map((linked) => ({
    link: describeLink(linked),
    at: [...linked.path, "link"],
  }));
  return {
    links: planned.map(({ link }) => link),
    warnings: [...warnings, ...planned.flatMap(({ link, at }) => loadWarnings(at, link.busLoad))],
    problems: planned.flatMap(({ link, at }) => loadProblems(at, link.busLoad)),
  };
}

function describeLink({ link, devices }: LinkedDevices): PlannedLink {
  const line = lineOf(link);
  const planned = devices.map((device) => ({ device, groups: planGroups(device, link) }));
  const polled = planned.flatMap(({ device, groups }) => polledGroups(device, groups));
  return {
    name: linkName(link),
    address: linkAddress(link),
    requestsPerSecond: requestsPerSecond(polled),
    ...(line !== undefined && { busLoad: busLoad(line, polled) }),
    devices: planned.map(({ device, groups }) => describeDevice(device, groups, line)),
  };
}

/** The requests of each group of a device before anything was learned of it. */
function planGroups(device: DeviceConfig, link: LinkConfig): readonly GroupPlan[] {
  let index = 0;
  const groups = device.groups.map((group) => ({
    name: group.name,
    intervalMs: intervalOf(group),
    tags: group.tags.map((tag): PlannedTag => ({ tag, index: index++, every: 1 })),
  }));
  return planDevice(groups, planLimits(device.limits, costOf(device, link)), NOTHING_LEARNED);
}

/** Groups that are not polled at an interval cannot be ridden along in, and ride along nowhere. */
function intervalOf({ schedule }: GroupConfig): number {
  return schedule.mode === "interval" ? schedule.intervalMs : Infinity;
}

function polledGroups(
  { unit }: DeviceConfig,
  groups: readonly GroupPlan[],
): readonly PolledGroup[] {
  return groups
    .filter(({ intervalMs }) => Number.isFinite(intervalMs))
    .map(({ intervalMs, blocks }) => ({
      intervalMs,
      blocks: blocks.flatMap((block) =>
        requestsOf(block).map((span) => {
          const every = block.every / readingsOf(block);
          return { table: block.table, length: lengthOf(span), every, unit };
        }),
      ),
    }));
}

function describeDevice(
  device: DeviceConfig,
  groups: readonly GroupPlan[],
  line: BusConfig | undefined,
): PlannedDevice {
  return {
    deviceId: device.name,
    tags: device.groups.reduce((sum, { tags }) => sum + tags.length, 0),
    requests: groups.flatMap((group) =>
      group.blocks.flatMap((block) =>
        requestsOf(block).map((span, index) => ({
          ...describeRequest({ block, span, index }, group),
          ...(line !== undefined && {
            wireMs: blockMs(line, {
              table: block.table,
              length: lengthOf(span),
              unit: device.unit,
            }),
          }),
        })),
      ),
    ),
  };
}

/** A value that is longer than a request takes several. */
function requestsOf({ parts, start, length }: PlannedBlock): readonly Span[] {
  return parts ?? [[start, start + length - 1]];
}

function lengthOf([first, last]: Span): number {
  return last - first + 1;
}

/** So often it is read in one pass at least: what must be of one moment, until it came twice alike. */
function readingsOf({ parts, tags }: PlannedBlock): 1 | 2 {
  return parts !== undefined && tags.some(({ tag }) => tag.consistent === true) ? 2 : 1;
}

interface DescribedRequest {
  readonly block: PlannedBlock;
  /** What this request reads of it. */
  readonly span: Span;
  readonly index: number;
}

function describeRequest(
  { block, span, index }: DescribedRequest,
  group: GroupPlan,
): PlannedRequest {
  const { table, tags, parts } = block;
  const length = lengthOf(span);
  const used = parts === undefined ? usedEntries(block) : length;
  const written = writtenAs(block);
  const bytesOf = (entries: number): number =>
    isBitTable(table) ? Math.ceil(entries / 8) : 2 * entries;
  return {
    what: `FC${READ_FUNCTIONS[table]} ${table}:${span[0]}..${span[1]}`,
    ...(written !== undefined && { written }),
    ...(parts !== undefined && { part: `${index + 1} of ${parts.length}` }),
    group: group.name,
    ...(Number.isFinite(group.intervalMs) && { intervalMs: group.intervalMs * block.every }),
    tags: tags.length,
    bytes: bytesOf(length),
    unusedBytes: bytesOf(length) - bytesOf(used),
  };
}

/** The addresses of its first and last tag as somebody wrote them; `undefined`: just as they are asked for. */
function writtenAs({ tags }: PlannedBlock): string | undefined {
  const written = tags.map(({ tag }) => otherwiseWritten(tag));
  if (written.every((place) => place === undefined)) return undefined;
  const [first, last] = [written[0], written.at(-1)].map((place) => place ?? "…");
  return first === last ? first : `${first}..${last}`;
}

/** `undefined`: zero-based and with the name of its table, or a part of what is written so. */
function otherwiseWritten({ written = "", start }: Tag): string | undefined {
  const place = written.replace(/[./]\d+$/, "");
  const parsed = parseAddress(place);
  if (parsed.kind === "problem") return undefined;
  const isPlain = /^[a-z]{2}:/i.test(place) && parsed.address.start <= start;
  return isPlain ? undefined : place;
}

/** Registers (or bits) of a block that some tag asked for. */
function usedEntries({ tags }: PlannedBlock): number {
  let used = 0;
  let end = 0;
  for (const { tag } of tags) {
    const last = tag.start + tag.length;
    used += Math.max(0, last - Math.max(end, tag.start));
    end = Math.max(end, last);
  }
  return used;
}

function loadWarnings(path: ConfigProblem["path"], load = 0): readonly ConfigProblem[] {
  if (load <= BUSY || load > 1) return [];
  const message = `the line will be busy for ${percent(load)} of the time; writes and repeats have to wait`;
  return [{ path, message }];
}

function loadProblems(path: ConfigProblem["path"], load = 0): readonly ConfigProblem[] {
  if (load <= 1) return [];
  const message = `the groups ask for ${percent(load)} of what the line can carry: make intervals longer, or the line faster`;
  return [{ path, message }];
}

function percent(load: number): string {
  return `${Math.round(load * 100)} %`;
}
