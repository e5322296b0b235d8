/** Where a metric comes from: the tag of an adapter of this hub that makes it. */
import { parseAdapters } from "./adapters.ts";
import { askHub, type SendLike } from "./hub-request.ts";
import type { Understood } from "./poll.ts";
import { cellText, parseTags, placeOf, tagsUrl, type TagFields } from "./tags.ts";

/** A metric as Sparkplug names it. */
export interface Named {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string | null;
  readonly metric: string;
}

export interface Origin {
  readonly adapter: string;
  readonly device: string;
  readonly tag: string;
  /** `modbus://10.0.4.21:502 · unit 1 · hr:5 · float32`: where the device is, and where and how it keeps the value. */
  readonly address: string;
}

/** Tags whose name has that of the metric in it; the one that is meant is among the first of them. */
const MOST_TAGS = 500;

/** `{ found: null }`: no adapter of this hub makes it. */
export async function askOrigin(
  send: SendLike,
  { groupId, edgeNodeId, deviceId, metric }: Named,
): Promise<Understood<{ readonly found: Origin | null }>> {
  const answer = await askHub(send, "GET", "/api/v1/adapters");
  if (answer.kind !== "done") return answer;
  const adapter = parseAdapters(answer.value)?.adapters.find(
    ({ group, edgeNode }) => group === groupId && edgeNode === edgeNodeId,
  );
  const device = adapter?.devices.find(({ id }) => id === deviceId);
  const nothing = { kind: "done", value: { found: null } } as const;
  if (adapter === undefined || device === undefined) return nothing;
  const question = { device: device.id, text: metric, notGood: false, from: 0, limit: MOST_TAGS };
  const tags = await askHub(send, "GET", tagsUrl(adapter.name, question));
  if (tags.kind !== "done") return tags;
  const tag = parseTags(tags.value)?.tags.find(({ name }) => name === metric);
  if (tag === undefined) return nothing;
  const address = addressOf(adapter.protocol, device.address, tag.fields);
  return {
    kind: "done",
    value: { found: { adapter: adapter.name, device: device.id, tag: metric, address } },
  };
}

/** A unit is told as the adapter tells it, behind the address of its line. */
function addressOf(protocol: string, device: string | null, fields: TagFields): string {
  const [line = "", unit] = (device ?? "").split(/ (?=unit \d+$)/);
  const link = line.includes("://") ? line : `${protocol}://${line}`;
  const how = [fields["type"], fields["byteOrder"]].map(cellText).filter(Boolean).join(" ");
  return [link, unit, placeOf(fields), how].filter(Boolean).join(" · ");
}
