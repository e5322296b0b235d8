/** Watches STATE as one client publishes it. */
import type { HostState as State } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../broker/index.ts";
import type { ClientState } from "./client-state.ts";
import {
  checkHostOwner,
  checkOffline,
  checkOnline,
  checkStateFlags,
  readSaid,
} from "./host-check.ts";
import type { HostState } from "./host-state.ts";
import type { Refusal } from "./judge.ts";
import type { Occasion } from "./rule.ts";
import type { Subject } from "./standings.ts";
import type { Watch, WatchRooms } from "./watch.ts";

export interface HostWatchAbout {
  readonly client: ClientState;
  readonly host: HostState;
  readonly subject: Subject;
  readonly topic: string;
  readonly caseConflict: string | undefined;
}

export class HostWatch implements Watch {
  readonly #rooms: WatchRooms;
  readonly #about: HostWatchAbout;

  constructor(rooms: WatchRooms, about: HostWatchAbout) {
    this.#rooms = rooms;
    this.#about = about;
  }

  take(message: PublishedMessage): Refusal | undefined {
    const { client, host } = this.#about;
    const { receivedAt, isWill } = message;
    this.#rooms.faults.clear();
    const state = readSaid(message, this.#rooms.faults);
    if (isWill === true) {
      if (state !== undefined) this.#rooms.hosts.said(host, state.online, undefined, receivedAt);
      return undefined;
    }
    if (client.ended !== undefined) return client.ended;
    this.#check(message, state);
    const isOffline = state?.online === false;
    const refusal = this.#judged(message, isOffline ? "STATE offline" : "STATE online");
    client.hasPublished = true;
    if (refusal !== undefined || state === undefined) return refusal;
    if (state.online) client.hostId = host.hostId;
    this.#rooms.hosts.said(host, state.online, client, receivedAt);
    return undefined;
  }

  #check(message: PublishedMessage, state: State | undefined): void {
    const { client, host, caseConflict } = this.#about;
    const faults = this.#rooms.faults;
    checkStateFlags(message, faults);
    checkHostOwner(host, client, this.#rooms.ownHostId, faults);
    if (caseConflict !== undefined) faults.add("T08", () => caseConflict);
    if (state?.online === true) checkOnline(host.hostId, state, client, faults);
    if (state?.online === false) checkOffline(state, message.receivedAt, faults);
  }

  after(): void {}

  #judged({ payload, receivedAt, qos }: PublishedMessage, occasion: Occasion): Refusal | undefined {
    const { client, subject, topic } = this.#about;
    const { clientId, address } = client.client;
    this.#rooms.judge.standings.saw(subject, occasion, receivedAt);
    const scene = { clientId, address, subject, occasion, topic, payload, at: receivedAt };
    const refusal = this.#rooms.judge.sentence(this.#rooms.faults, scene);
    return refusal && this.#rooms.refused(client, refusal, { isBirth: false, qos });
  }
}
