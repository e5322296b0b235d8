/** What the hub itself says: never wrong here, but rebirth requests and its STATE count for others. */
import { decodePayload, readState, type SparkplugTopic } from "@unshub/sparkplug";
import { isRebirth } from "./rebirth.ts";
import type { Watch, WatchRooms } from "./watch.ts";

const after = (): void => undefined;

export function ownWatch(rooms: WatchRooms, topic: SparkplugTopic): Watch | undefined {
  if (topic.kind === "state") {
    const host = rooms.hosts.of(topic.hostId);
    return {
      take: ({ payload, receivedAt }) => {
        rooms.hosts.said(host, readState(payload).online, undefined, receivedAt);
        return undefined;
      },
      after,
    };
  }
  if (topic.type !== "NCMD") return undefined;
  const node = rooms.nodes.of(topic);
  return {
    take: ({ payload, receivedAt }) => {
      if (isRebirth(decodePayload(payload)))
        rooms.rebirthAsked(node, { at: receivedAt, by: "the hub" });
      return undefined;
    },
    after,
  };
}
