/**
 * The rules of topics as they hold now, and what the hub would do with a message or a subscription. Those are asked who
 * decide in earnest, in the same order; nothing is published, counted or put on the audit trail by it.
 */
import type { MessageWish, TopicTrials, TrialOutcome } from "./api/index.ts";
import { byTopicAlone } from "./broker-questions.ts";
import {
  DEFAULT_LIMITS,
  filterFault,
  splitFilter,
  topicFault,
  topicNameFault,
  type BrokerLimits,
  type RefusedPublish,
} from "./broker/index.ts";
import type { HubConfig } from "./config/index.ts";
import {
  filterForbidden,
  asForbidden,
  messageForbidden,
  rightsHolder,
  topicForbidden,
  type Access,
  type RightsHolder,
  type WhoTries,
} from "./identity/index.ts";
import { tryMessage } from "./namespace/index.ts";
import type { ReplayRoom } from "./replay-setup.ts";
import type { Uns } from "./uns/index.ts";

type Refusal = NonNullable<TrialOutcome["refusal"]>;

interface TopicTrialRooms {
  readonly access: Access;
  readonly uns: Pick<Uns, "mayPublish" | "plainRoot">;
  readonly streams: Pick<ReplayRoom["streams"], "publishFault" | "owns" | "within">;
  readonly now: () => number;
}

const COMMAND = /^spBv1\.0\/[^/]+\/[ND]CMD\//;
/** Under which nobody but the hub publishes, whatever is configured. */
const OWN_TOPS = ["$SYS", "$UNS", "$sparkplug"] as const;

export class TopicTrial implements TopicTrials {
  readonly #config: Pick<HubConfig, "hub" | "namespace">;
  readonly #limits: BrokerLimits;
  readonly #rooms: TopicTrialRooms;

  constructor(
    { hub, namespace, mqtt }: Pick<HubConfig, "hub" | "namespace" | "mqtt">,
    rooms: TopicTrialRooms,
  ) {
    this.#config = { hub, namespace };
    this.#limits = { ...DEFAULT_LIMITS, ...mqtt.limits };
    this.#rooms = rooms;
  }

  /** What holds for all. */
  get rules(): TopicTrials["rules"] {
    const { sparkplug, otherTopics } = this.#config.namespace;
    const { access, uns } = this.#rooms;
    return {
      profile: sparkplug.profile,
      otherTopics,
      anonymous: access.anonymous,
      ownTops: [...OWN_TOPS],
      plainRoot: uns.plainRoot ?? null,
    };
  }

  publish({ client, user, ...message }: MessageWish): TrialOutcome | string {
    const holder = rightsHolder(this.#rooms.access, { client, user });
    return typeof holder === "string" ? holder : this.#published(holder, message);
  }

  subscribe(filter: string, who: WhoTries): TrialOutcome | string {
    const holder = rightsHolder(this.#rooms.access, who);
    if (typeof holder === "string") return holder;
    const illegal = filterFault(filter, this.#limits);
    if (illegal !== undefined) return refusedBy("mqtt", holder, illegal);
    const { streams } = this.#rooms;
    const within = streams.owns(filter) ? streams.within(filter) : splitFilter(filter);
    if ("because" in within) return refusedBy("own topics", holder, within);
    const granted = "filter" in within ? within.filter : within.topicFilter;
    const reason = granted === undefined ? undefined : filterForbidden(holder.rights, granted);
    if (reason === undefined) return taken(holder);
    return refusedBy("grants", holder, asForbidden(granted ?? filter, reason));
  }

  #published(
    holder: RightsHolder,
    { topic, qos, retain, sample }: Omit<MessageWish, keyof WhoTries>,
  ): TrialOutcome {
    const nameless = topicNameFault(topic);
    if (nameless !== undefined) return refusedBy("mqtt", holder, nameless, { isEnd: true });
    const illegal = topicFault(topic, this.#limits);
    if (illegal !== undefined) return refusedBy("mqtt", holder, illegal);
    const closed = byTopicAlone(this.#rooms, topic);
    if (closed?.allow === false) return refusedBy("own topics", holder, closed);
    if (closed !== undefined) return { ...taken(holder), besides: "write" };
    const reason =
      topicForbidden(holder.rights, topic) ??
      messageForbidden(holder.rights, { topic, qos, retain });
    if (reason !== undefined) return refusedBy("grants", holder, asForbidden(topic, reason));
    return this.#guarded(holder, { topic, qos, retain, sample });
  }

  #guarded(holder: RightsHolder, message: Omit<MessageWish, keyof WhoTries>): TrialOutcome {
    const { hub, namespace } = this.#config;
    const { refusal, isEnd, broken } = tryMessage(
      { config: namespace, hostId: hub.id, now: this.#rooms.now },
      { ...message, clientId: holder.clientId === "" ? holder.actor : holder.clientId },
    );
    if (refusal !== undefined)
      return { ...refusedBy("namespace", holder, refusal, { isEnd }), broken: [...broken] };
    return {
      ...taken(holder),
      outcome: broken.length === 0 ? "taken" : "noted",
      broken: [...broken],
      besides: COMMAND.test(message.topic) ? "command" : null,
    };
  }
}

function taken({ actor }: RightsHolder): TrialOutcome {
  return { as: actor, outcome: "taken", refusal: null, broken: [], besides: null };
}

function refusedBy(
  by: Refusal["by"],
  { actor }: RightsHolder,
  { reasonCode, because }: RefusedPublish,
  { isEnd }: { readonly isEnd: boolean } = { isEnd: false },
): TrialOutcome {
  const refusal = { by, reasonCode, because, isEnd };
  return { as: actor, outcome: "refused", refusal, broken: [], besides: null };
}
