/** Tools about where values come from: edge nodes of Sparkplug, adapters of the hub. */
import { z } from "zod";
import { joinPath, timeText, type Member, type NodeSession } from "../../tree/index.ts";
import { cut, cutTexts } from "../texts.ts";
import { tool } from "../tool.ts";

const MAX_NODES = 500;
const MAX_DEVICES = 50;

export const nodesTool = tool({
  name: "sparkplug_nodes",
  title: "Edge nodes",
  description:
    "Edge nodes with their session: online or not, bdSeq, births, deaths, gaps in the sequence, messages that were lost, the last message, their devices.",
  needs: "read diagnostics",
  input: z.object({
    filter: z.string().max(500).optional().describe("A part of group/node"),
    limit: z.number().int().min(1).max(MAX_NODES).default(100),
  }),
  run: ({ filter = "", limit }, { rooms, caller }) => {
    const nodes: object[] = [];
    let count = 0;
    for (const session of rooms.sessions.all()) {
      const { groupId, edgeNodeId } = session;
      const name = `${groupId}/${edgeNodeId}`;
      if (!name.toLowerCase().includes(filter.toLowerCase())) continue;
      if (!caller.readsNode(groupId, edgeNodeId)) continue;
      count += 1;
      if (nodes.length < limit) nodes.push(shownNode(session, (row) => caller.sight.sees(row)));
    }
    return { result: { count, nodes }, list: "nodes" };
  },
});

function shownNode(session: NodeSession, sees: (row: number) => boolean): object {
  const { groupId, edgeNodeId, own, bdSeq, chronicle } = session;
  const devices = [...session.devices].filter(([, { rowId }]) => sees(rowId));
  const shownDevices = new Set(devices.map(([id]) => id));
  const troubles = [...chronicle.troubles]
    .filter(([, { deviceId }]) => deviceId === undefined || shownDevices.has(deviceId))
    .map(([kind, { count, at, what }]) => ({ kind, count, last: time(at), what: cut(what) }));
  return {
    elementId: joinPath([groupId, edgeNodeId]),
    group: groupId,
    edgeNode: edgeNodeId,
    state: own.state,
    since: time(own.since),
    because: own.because,
    bdSeq,
    births: chronicle.births,
    deaths: own.tally.deaths,
    messages: chronicle.messages,
    sequenceGaps: chronicle.troubles.get("gap")?.count ?? 0,
    lost: chronicle.lost,
    lastMessage: time(chronicle.lastHeardAt),
    troubles,
    deviceCount: devices.length,
    devices: devices.slice(0, MAX_DEVICES).map(([id, member]) => shownDevice(id, member)),
  };
}

function shownDevice(id: string, { state, since, bornAt, because, ids, tally }: Member): object {
  return {
    device: id,
    state,
    since: time(since),
    born: time(bornAt),
    because,
    metrics: ids.length,
    births: tally.births,
    deaths: tally.deaths,
    lastMessage: time(tally.lastAt),
  };
}

/** 0: it never was. */
function time(at: number): string | undefined {
  return at === 0 ? undefined : timeText(at);
}

export const adaptersTool = tool({
  name: "adapters",
  title: "Adapters",
  description:
    "Adapters of the hub with their links and devices: state, last error, times of polls, counters.",
  needs: "read diagnostics",
  input: z.object({ name: z.string().max(200).optional() }),
  run: async ({ name }, { rooms, caller }) => {
    const reports = await rooms.reports();
    const adapters = reports
      .filter((each) => name === undefined || each.name === name)
      .filter(({ groupId, edgeNodeId }) => caller.readsNode(groupId, edgeNodeId))
      .map(({ since, diagnostics, ...rest }) =>
        cutTexts({
          ...rest,
          since: timeText(since),
          links: diagnostics.links,
          devices: diagnostics.devices,
        }),
      );
    return { result: { adapters }, list: "adapters" };
  },
});
