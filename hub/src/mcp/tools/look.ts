/** Tools that look around: search, browse, describe. */
import { z } from "zod";
import { propertyValue } from "@unshub/sparkplug";
import { timeText, valueJson, type UnsTree } from "../../tree/index.ts";
import { browse, type PathRow } from "../../uns/index.ts";
import { ToolFault } from "../rooms.ts";
import { schemaOf } from "../schema.ts";
import { cut, cutTexts, quoted } from "../texts.ts";
import { countsNow, tool, type Call } from "../tool.ts";
import { modelAt } from "../models.ts";
import { findingId, isAbout } from "./violations.ts";

const MAX_FOUND = 200;
const MAX_ROWS = 500;
const MAX_OPEN = 20;
const MAX_PROPERTIES = 50;
const elementId = z.string().min(1).max(65_536).describe("Path in the plant, or in the tree");

export const searchTool = tool({
  name: "uns_search",
  title: "Search",
  description:
    "Finds metrics whose path contains every word, any case. Answers their elementIds, names, datatypes and units.",
  needs: "read values",
  input: z.object({
    words: z.string().min(1).max(500),
    type: z.string().max(40).optional().describe("A datatype of Sparkplug: Int16, Double, Boolean"),
    limit: z.number().int().min(1).max(MAX_FOUND).default(50),
  }),
  run: async ({ words, type, limit }, { rooms: { tree }, caller: { sight }, elements }) => {
    const wanted = type?.toLowerCase();
    const isWanted = (id: number): boolean =>
      sight.sees(id) && (wanted === undefined || tree.info(id)?.datatype?.toLowerCase() === wanted);
    const { hits, ids } = await tree.search(words, limit, isWanted);
    const found = ids.map((id) => ({
      elementId: elements.idOf(id),
      name: cut(tree.info(id)?.name ?? ""),
      path: elements.treePath(id),
      ...factsOf(tree, id),
    }));
    return { result: { hits, found }, list: "found" };
  },
});

export const browseTool = tool({
  name: "uns_browse",
  title: "Browse",
  description:
    "What stands below a place, device or folder; the tops of the plant when no elementId is given.",
  needs: "read values",
  input: z.object({
    elementId: elementId.optional(),
    depth: z.number().int().min(1).max(3).default(1),
  }),
  run: ({ elementId: path = "", depth }, call) => {
    const found: object[] = [];
    const isThere = walk(call, { path, depth, found });
    if (!isThere) throw new ToolFault(`there is nothing at ${quoted(path)}`);
    const isCut = found.length >= MAX_ROWS;
    return {
      result: { elementId: path, children: found, ...(isCut && { more: true }) },
      list: "children",
    };
  },
});

interface Walk {
  readonly path: string;
  readonly depth: number;
  readonly found: object[];
}

/** Level by level, flat: each row says where it stands. */
function walk(call: Call, { path, depth, found }: Walk): boolean {
  const { tree, paths } = call.rooms;
  const sees = (id: number): boolean => call.caller.sight.sees(id);
  const rows = browse({ tree, paths, sees }, path);
  if (rows === undefined) return false;
  for (const row of rows) {
    if (found.length >= MAX_ROWS) break;
    found.push(shownRow(tree, row));
    if (depth > 1 && row.kind !== "metric") walk(call, { path: row.path, depth: depth - 1, found });
  }
  return true;
}

function shownRow(tree: UnsTree, { name, path, kind, id }: PathRow): object {
  const state = id === undefined ? undefined : tree.state(id);
  return {
    elementId: path,
    name: cut(name),
    kind,
    ...(id !== undefined && factsOf(tree, id)),
    ...(state !== undefined && { state }),
  };
}

function factsOf(tree: UnsTree, id: number): object {
  const info = tree.info(id);
  if (info === undefined) return {};
  return {
    datatype: info.datatype ?? `datatype ${info.datatypeCode}`,
    ...(info.unit !== undefined && { unit: cut(info.unit) }),
    writable: info.writable,
  };
}

export const describeTool = tool({
  name: "uns_describe",
  title: "Describe",
  description:
    "Everything that is known of an element: datatype and schema, unit, range, whether it can be written, its model (what its birth or template says it is), edge node, adapter and address in the device, what is found against it.",
  needs: "read values",
  input: z.object({ elementId }),
  run: async ({ elementId: asked }, call) => {
    if (call.elements.find(asked) === undefined && call.elements.isPlace(asked)) {
      return { result: { elementId: asked, kind: "place" } };
    }
    const row = call.elements.row(asked);
    const { tree } = call.rooms;
    const kind = tree.rows.kind(row);
    const [group = "", edgeNode = "", device] = tree.segments(row);
    const state = tree.state(row);
    return {
      result: {
        elementId: call.elements.idOf(row),
        path: call.elements.treePath(row),
        kind,
        group,
        edgeNode,
        ...(state !== undefined && { state }),
        ...(kind === "metric"
          ? await metricFacts(call, row)
          : { counts: await countsNow(call, row) }),
        model: await modelAt(call, row),
        ...(call.caller.may("read diagnostics") && {
          adapter: adapterOf(call, group, edgeNode),
          violations: violationsOf(call, {
            group,
            edgeNode,
            device: kind === "group" ? undefined : device,
          }),
        }),
      },
    };
  },
});

async function metricFacts(call: Call, row: number): Promise<object> {
  const { tree } = call.rooms;
  const now = tree.metric(row);
  if (now === undefined) return {};
  const { info, receivedAt } = now;
  const received = receivedAt === undefined ? undefined : timeText(receivedAt);
  return {
    device: info.deviceId,
    name: cut(info.name),
    datatype: info.datatype ?? `datatype ${info.datatypeCode}`,
    schema: schemaOf(info),
    unit: info.unit === undefined ? undefined : cut(info.unit),
    low: info.low,
    high: info.high,
    description: info.description === undefined ? undefined : cut(info.description),
    writable: info.writable,
    properties: propertiesAt(tree, row),
    now: call.elements.vqt(row),
    receivedAt: received,
    source: call.caller.may("read diagnostics") ? await sourceOf(call, info) : undefined,
  };
}

/** Keys and texts are of the device. */
function propertiesAt(tree: UnsTree, row: number): object {
  const shown = [...tree.propertiesOf(row)].slice(0, MAX_PROPERTIES).map(([key, property]) => {
    const value = propertyValue(property);
    const plain = typeof value === "object" && value !== null ? "a structure" : value;
    return [cut(key), typeof plain === "bigint" ? valueJson(plain) : cutTexts(plain)] as const;
  });
  return Object.fromEntries(shown);
}

/** Where a value lives in its device, as the configuration of the adapter says it. */
async function sourceOf(
  { rooms }: Call,
  { groupId, edgeNodeId, deviceId, name }: NonNullable<ReturnType<UnsTree["info"]>>,
): Promise<object | undefined> {
  const entry = rooms
    .entries()
    .find((each) => each.groupId === groupId && each.edgeNodeId === edgeNodeId);
  if (entry === undefined || deviceId === undefined) return undefined;
  const devices = await rooms.tagsOf(entry);
  const tags = devices.find((each) => each.deviceId === deviceId)?.tags;
  const tag = tags?.find((each) => each.name === name);
  if (tag === undefined) return undefined;
  const { fields, address: plain } = tag;
  const written: unknown = fields["at"] ?? fields["node"];
  const address = cutTexts(plain ?? written);
  const isOther = plain !== undefined && plain !== written;
  return {
    adapter: entry.name,
    protocol: entry.protocol,
    address,
    ...(isOther && { writtenAs: cutTexts(written) }),
  };
}

function adapterOf({ rooms }: Call, group: string, edgeNode: string): string | undefined {
  const isIt = (each: { readonly groupId: string; readonly edgeNodeId: string }): boolean =>
    each.groupId === group && each.edgeNodeId === edgeNode;
  return rooms.entries().find(isIt)?.name;
}

function violationsOf(
  { rooms, caller }: Call,
  place: { readonly group: string; readonly edgeNode: string; readonly device: string | undefined },
): readonly object[] {
  return rooms
    .findings(0)
    .filter((finding) => caller.readsTopic(finding.topic) && isAbout(finding, place))
    .slice(-MAX_OPEN)
    .map((finding) => ({
      id: findingId(finding),
      title: finding.title,
      because: cut(finding.because),
      count: finding.count,
    }));
}
