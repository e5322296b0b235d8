/** Opens the feed of the pages: which hub, which build, and which life of the hub they look at. */
import { randomUUID } from "node:crypto";
import type { PageFiles } from "./api/index.ts";
import { totalOf, type Broker } from "./broker/index.ts";
import { Feed } from "./feed/index.ts";
import type { HubOptions } from "./hub-options.ts";
import type { UnsTree } from "./tree/index.ts";

interface FeedRooms {
  readonly tree: UnsTree;
  readonly page: PageFiles;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly broker: () => Pick<Broker, "counters"> | undefined;
}

export function openFeed(
  { config, log }: Pick<HubOptions, "config" | "log">,
  { tree, page, now, broker }: FeedRooms,
): Feed {
  return new Feed({
    tree,
    hubId: config.hub.id,
    build: () => page.build,
    epoch: randomUUID(),
    log,
    now,
    messagesIn: () => totalOf(broker()?.counters.received ?? [0, 0, 0]),
  });
}
