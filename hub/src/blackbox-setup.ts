/** Opens the black box as it is configured, and says what of the hub belongs into its files besides. */
import { CERTIFICATES } from "@unshub/sparkplug";
import { BlackBox, type StandingBefore } from "./blackbox/index.ts";
import type { Broker } from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";

/** `undefined`: nothing is to be recorded. */
export function openBlackBox(
  { blackBox, hub }: Pick<HubConfig, "blackBox" | "hub">,
  now: () => number,
): BlackBox | undefined {
  if (!blackBox.record) return undefined;
  const { maxSize: maxBytes, keep: keepMs, redact } = blackBox;
  return new BlackBox({ hubId: hub.id, maxBytes, keepMs, redact, now });
}

const NDEATH = /^spBv1\.0\/(?<group>[^/]+)\/NDEATH\/(?<edgeNode>[^/]+)$/;

/** What clients had said that are older than a recording: their subscriptions, and births that the hub has kept. */
function standingBefore(broker: Pick<Broker, "sessions" | "retained">): StandingBefore {
  const sessions = new Map(broker.sessions().map((session) => [session.clientId, session]));
  return {
    subscriptionsOf: (clientId) => sessions.get(clientId)?.subscriptions ?? [],
    saidBy: (willTopic) => {
      const { group, edgeNode } = NDEATH.exec(willTopic)?.groups ?? {};
      if (group === undefined || edgeNode === undefined) return [];
      const below = `${CERTIFICATES}/spBv1.0/${group}`;
      const filters = [`${below}/NBIRTH/${edgeNode}`, `${below}/DBIRTH/${edgeNode}/+`];
      const kept = filters.flatMap((filter) => [...broker.retained(filter)]);
      return kept.flatMap((birth) => {
        if (birth === undefined) return [];
        return { topic: birth.topic.slice(CERTIFICATES.length + 1), payload: birth.payload };
      });
    },
  };
}

/** The black box as it is saved for somebody. */
export function savedBlackBox(
  box: BlackBox | undefined,
  broker: Pick<Broker, "sessions" | "retained">,
) {
  return (
    box && {
      save: (redact: readonly string[]) => box.save(redact, standingBefore(broker)),
      get figures() {
        return box.figures;
      },
    }
  );
}
