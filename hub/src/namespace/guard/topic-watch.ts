/** Watches topics that are not those of an edge node or host: wrong ones, other ones, those of the server. */
import type { PublishedMessage } from "../../broker/index.ts";
import type { ClientState } from "./client-state.ts";
import type { Refusal } from "./judge.ts";
import type { Occasion } from "./rule.ts";
import type { Subject } from "./standings.ts";
import type { TopicFault } from "@unshub/sparkplug";
import type { Watch, WatchRooms } from "./watch.ts";

/** Nothing passes. */
export function refusing(refusal: Refusal): Watch {
  return { take: () => refusal, after: () => undefined };
}

export interface TopicWatchAbout {
  readonly client: ClientState;
  readonly subject: Subject;
  readonly topic: string;
  /** `undefined`: the topic is none of Sparkplug's business. */
  readonly fault: TopicFault | undefined;
}

export class TopicWatch implements Watch {
  readonly #rooms: WatchRooms;
  readonly #about: TopicWatchAbout;

  constructor(rooms: WatchRooms, about: TopicWatchAbout) {
    this.#rooms = rooms;
    this.#about = about;
  }

  take(message: PublishedMessage): Refusal | undefined {
    if (message.isWill === true) return undefined;
    const { client, subject, topic, fault } = this.#about;
    if (client.ended !== undefined) return client.ended;
    const faults = this.#rooms.faults;
    faults.clear();
    if (fault !== undefined) faults.add(fault.code, () => fault.because);
    else if (client.claim?.kind === "edge" && !client.hasBorn)
      faults.add("S01", () => `a message on "${topic}" before NBIRTH in this MQTT session`, {
        occasion: "NBIRTH",
      });
    client.hasPublished = true;
    if (faults.all.length === 0) return undefined;
    const { clientId, address } = client.client;
    const { payload, receivedAt: at, qos } = message;
    subject.lastAt = at;
    const scene = { clientId, address, subject, occasion: typeOf(topic), topic, payload, at };
    const refusal = this.#rooms.judge.sentence(faults, scene);
    return refusal && this.#rooms.refused(client, refusal, { isBirth: false, qos });
  }

  after(): void {}
}

const TYPES: readonly Occasion[] = [
  "NBIRTH",
  "DBIRTH",
  "NDATA",
  "DDATA",
  "NDEATH",
  "DDEATH",
  "NCMD",
  "DCMD",
];

/** What a wrong topic meant to be. */
function typeOf(topic: string): Occasion {
  const [, group, type] = topic.split("/");
  if (group === "STATE" || topic.startsWith("STATE/")) return "STATE online";
  return TYPES.find((name) => name === type?.toUpperCase()) ?? "any";
}
