/** One device: gathers its tags, checks each and all together, and makes of it what the adapter runs. */
import { tryParse, type ConfigPlace, type ConfigProblem } from "@unshub/adapter";
import { expandTag } from "../types/index.ts";
import { limitsOf, rangesTogether } from "./block-limits.ts";
import type { DeviceConfig, GroupConfig, Schedule } from "./config.ts";
import {
  duplicateNames,
  groupNameOf,
  groupProblem,
  groupsOf,
  tooLong,
  sourceTimeProblems,
  triggerProblems,
  writeGroupProblems,
  type IndexedTag,
} from "./device-rules.ts";
import {
  deviceSchema,
  type DeviceInput,
  type GroupInput,
  type HabitsInput,
} from "./device-schema.ts";
import { below } from "./parts.ts";
import { tagProblems } from "./tag-rules.ts";
import { tagSchema, type TagInput } from "./tag-schema.ts";
import { gatherDevice, ledBack, Templates } from "./tag-sources.ts";
import { toTag, type TagHabits } from "./to-tag.ts";
import { tagWarnings } from "./warnings.ts";

/** What the link and `defaults` say for all devices. */
export interface Shared {
  readonly defaults: HabitsInput;
  readonly timeoutMs: number;
  readonly retries: number;
  /** All units hear every request: unit 0 is all of them at once. */
  readonly isBus: boolean;
  readonly kinds: Kinds;
}

/** What the tags of a device came to. */
interface CheckedTags {
  readonly tags: readonly IndexedTag[];
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Kinds of devices: those with the same tags and the same habits are parsed once, and share their tags in memory. */
export class Kinds {
  readonly templates: Templates;
  readonly #known = new WeakMap<object, Map<string, CheckedTags>>();

  constructor(place: ConfigPlace) {
    this.templates = new Templates(place);
  }

  /** `list`: the tags as they were gathered; devices of one kind have the same object. */
  check(list: object, device: DeviceInput, isBroadcast: boolean): CheckedTags {
    const key = JSON.stringify({ ...device, name: "", unit: isBroadcast, tags: [] });
    const known = this.#known.get(list) ?? new Map<string, CheckedTags>();
    this.#known.set(list, known);
    const checked = known.get(key) ?? checkTags(device, isBroadcast);
    known.set(key, checked);
    return checked;
  }
}

function checkTags(device: DeviceInput, isBroadcast: boolean): CheckedTags {
  const problems: ConfigProblem[] = [];
  const tags = parseTags(device, problems);
  problems.push(...checkTogether(device, tags, isBroadcast));
  const warnings = tags.flatMap(({ index, tag }) => tagWarnings(tag).map(below(["tags", index])));
  return { tags, problems, warnings };
}

/** A device, or what is wrong with it. Paths begin at the device. */
export interface ParsedDevice {
  readonly device?: DeviceConfig;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Reads the device's files, too. */
export function parseDevice(input: unknown, shared: Shared): ParsedDevice {
  const { kinds, isBus, defaults } = shared;
  const gathered = gatherDevice(input, kinds.templates);
  const parsed = tryParse(deviceSchema, gathered.input);
  const own = [...gathered.problems, ...parsed.problems];
  const shell = parsed.value ?? shellOf(gathered.input);
  if (shell === undefined) return { problems: own, warnings: [] };
  const device = withDefaults(shell, defaults);
  const checked = kinds.check(listIn(gathered.input), device, isBus && device.unit === 0);
  const led = (list: readonly ConfigProblem[]): readonly ConfigProblem[] =>
    list.map((problem) => ledBack(problem, gathered.origins));
  const problems = led([...own, ...checked.problems]);
  const warnings = led(checked.warnings);
  if (problems.length > 0) return { problems, warnings };
  return { device: toDevice(device, checked.tags, shared), problems, warnings };
}

/** The list of tags itself, which a schema would copy. */
function listIn(input: unknown): object {
  const { tags } = { tags: undefined, ...Object(input) };
  return typeof tags === "object" && tags !== null ? tags : {};
}

/** The tags of a device whose other keys are wrong are looked at all the same. */
function shellOf(input: unknown): DeviceInput | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const { tags, groups } = { tags: [], groups: {}, ...input };
  return tryParse(deviceSchema, { name: "?", unit: 1, tags, groups }).value;
}

function withDefaults(device: DeviceInput, defaults: HabitsInput): DeviceInput {
  const { workarounds } = device;
  return {
    ...defaults,
    ...device,
    forbidden: rangesTogether(device.forbidden ?? defaults.forbidden, workarounds?.forbidden),
    oneRequestPerTag:
      workarounds?.oneRequestPerTag ?? device.oneRequestPerTag ?? defaults.oneRequestPerTag,
  };
}

/** Every tag by itself; problems go to the list, with paths from the device. */
function parseTags(device: DeviceInput, problems: ConfigProblem[]): readonly IndexedTag[] {
  const habits = habitsOf(device);
  const tags: IndexedTag[] = [];
  for (const [index, input] of device.tags.entries()) {
    const parsed = parseTag(input);
    const rules = parsed.tag === undefined ? [] : tagProblems(parsed.tag, habits);
    const found = [...parsed.problems, ...rules.filter(({ path }) => !parsed.wrong.has(path[0]))];
    problems.push(...found.map(below(["tags", index])));
    if (parsed.tag !== undefined && !parsed.wrong.has("group")) {
      const named = { index, group: parsed.tag.group };
      problems.push(...groupProblem(named, device.groups).map(below(["tags"])));
    }
    if (parsed.tag === undefined || rules.length > 0 || parsed.wrong.has("name")) continue;
    const { group } = parsed.tag;
    for (const tag of expandTag(toTag(parsed.tag, habits))) tags.push({ index, group, tag });
  }
  return tags;
}

interface ParsedTag {
  readonly tag?: TagInput | undefined;
  readonly problems: readonly ConfigProblem[];
  /** Keys that were left out because what stands there is wrong. */
  readonly wrong: ReadonlySet<string | number | undefined>;
}

/** A tag with wrong keys is looked at without them, so that one mistake does not hide others. */
function parseTag(input: unknown): ParsedTag {
  const { value, problems } = tryParse(tagSchema, input);
  const wrong = new Set(problems.map(({ path }) => path[0]));
  if (value !== undefined || typeof input !== "object" || input === null) {
    return { tag: value, problems, wrong };
  }
  const rest = Object.entries(input).filter(([key]) => !wrong.has(key));
  const tag = { ...(wrong.has("name") && { name: "?" }), ...Object.fromEntries(rest) };
  return { tag: tryParse(tagSchema, tag).value, problems, wrong };
}

function habitsOf(device: DeviceInput): TagHabits & { readonly addressBase: 0 | 1 } {
  const { byteOrder, bitOrder, maskWrite, allowRmw, singleWrite, useFc23 } = device;
  const isReadOnly = device.readOnly ?? true;
  const list = device.writable;
  return {
    addressBase: device.addressBase ?? 0,
    mayWrite: (name) => !isReadOnly && (list === undefined || list.some((it) => fits(it, name))),
    ...(byteOrder !== undefined && { byteOrder }),
    ...(bitOrder !== undefined && { bitOrder }),
    ...(maskWrite !== undefined && { maskWrite }),
    ...(allowRmw !== undefined && { allowRmw }),
    ...(singleWrite !== undefined && { singleWrite }),
    ...(useFc23 !== undefined && { useFc23 }),
  };
}

/** `Recipe/*` fits every name that begins so. */
function fits(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function checkTogether(
  device: DeviceInput,
  tags: readonly IndexedTag[],
  isBroadcast: boolean,
): readonly ConfigProblem[] {
  const limits = limitsOf(device);
  const names = allNames(device.tags, tags);
  const isReadable = tags.some(({ tag }) => tag.access !== "w");
  const isWhole = firstOfEach(tags).length === device.tags.length;
  return [
    ...duplicateNames(names).map(below(["tags"])),
    ...firstOfEach(tags)
      .flatMap((tag) => tooLong(tag, limits))
      .map(below(["tags"])),
    ...writeGroupProblems(tags).map(below(["tags"])),
    ...triggerProblems(device.groups, new Set(names.map(({ name }) => name))).map(
      below(["groups"]),
    ),
    ...sourceTimeProblems(device, tags),
    ...(device.tags.length === 0
      ? [{ path: ["tags"], message: "a device needs at least one tag" }]
      : []),
    ...(isBroadcast ? broadcastProblems(tags) : []),
    ...(tags.length > 0 && isWhole && !isReadable && !isBroadcast
      ? [{ path: ["tags"], message: NOTHING_READABLE }]
      : []),
  ];
}

const NOTHING_READABLE =
  "at least one tag must be readable, or nobody knows whether the device lives";

/** Nobody answers a broadcast. */
function broadcastProblems(tags: readonly IndexedTag[]): readonly ConfigProblem[] {
  const message = "unit 0 is all units of the line at once, and nobody answers: say access: w";
  return firstOfEach(tags)
    .filter(({ tag }) => tag.access !== "w")
    .map(({ index }) => ({ path: ["tags", index, "access"], message }));
}

/** One for each entry of the list: what holds for one part of it holds for all. */
function firstOfEach(tags: readonly IndexedTag[]): readonly IndexedTag[] {
  return tags.filter(({ index }, place) => index !== tags[place - 1]?.index);
}

/** Every name, also of tags that are wrong otherwise. */
function allNames(
  inputs: readonly unknown[],
  tags: readonly IndexedTag[],
): readonly { readonly index: number; readonly name: string }[] {
  const understood = Map.groupBy(tags, ({ index }) => index);
  return inputs.flatMap((input, index) => {
    const names = understood.get(index)?.map(({ tag }) => tag.name) ?? writtenName(input);
    return names.map((name) => ({ index, name }));
  });
}

function writtenName(input: unknown): readonly string[] {
  if (typeof input !== "object" || input === null || !("name" in input)) return [];
  return typeof input.name === "string" ? [input.name] : [];
}

function toDevice(device: DeviceInput, tags: readonly IndexedTag[], shared: Shared): DeviceConfig {
  const groups = toGroups(device, tags);
  return {
    name: device.name,
    unit: device.unit,
    enabled: device.enabled,
    timeoutMs: device.timeout ?? shared.timeoutMs,
    retries: shared.retries,
    offlineAfter: device.offlineAfter ?? 3,
    offlineGraceMs: device.offlineGrace ?? 2000,
    ...(device.staleAfter !== undefined && { staleAfterMs: device.staleAfter }),
    birthTimeoutMs: device.birthTimeout ?? birthTimeout(groups),
    demoteAfter: device.demoteAfter ?? 3,
    probeEveryMs: device.probeEvery ?? 10_000,
    maxCommandAgeMs: device.maxCommandAge ?? 30_000,
    ...(device.turnaround !== undefined && { turnaroundMs: device.turnaround }),
    ...(device.workarounds?.pauseAfterConnect !== undefined && {
      pauseAfterConnectMs: device.workarounds.pauseAfterConnect,
    }),
    ...sourceTimeOf(device),
    limits: limitsOf(device),
    groups,
  };
}

function sourceTimeOf(device: DeviceInput): Pick<DeviceConfig, "sourceTime"> {
  const { sourceTime: tag, maxSourceSkew: maxSkewMs = 60_000 } = device;
  return tag === undefined ? {} : { sourceTime: { tag, maxSkewMs } };
}

/** Twice the slowest interval, at most 30 s. */
function birthTimeout(groups: readonly GroupConfig[]): number {
  const intervals = groups.map(({ schedule }) =>
    schedule.mode === "interval" ? schedule.intervalMs : 0,
  );
  return Math.min(30_000, Math.max(1000, 2 * Math.max(0, ...intervals)));
}

function toGroups(device: DeviceInput, tags: readonly IndexedTag[]): readonly GroupConfig[] {
  const byGroup = Map.groupBy(tags, ({ group }) => groupNameOf(group, device.groups));
  return [...groupsOf(device.groups)].flatMap(([name, group]): readonly GroupConfig[] => {
    const members = byGroup.get(name);
    if (members === undefined) return [];
    return [{ name, schedule: toSchedule(group), tags: members.map(({ tag }) => tag) }];
  });
}

function toSchedule({ mode, interval, trigger, phase }: GroupInput): Schedule {
  switch (mode) {
    case "interval":
      return { mode, intervalMs: interval ?? 1000, phase };
    case "onTrigger":
      return { mode, trigger: trigger ?? "" };
    case "onDemand":
    case "once":
      return { mode };
  }
}
