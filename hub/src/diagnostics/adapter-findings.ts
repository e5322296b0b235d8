/** What is wrong between the hub and its PLCs: a device that does not answer, an adapter whose thread ended. */
import { OwnFindings } from "../finding.ts";
import type { AdapterAccount, DeviceAccount } from "../supervisor/index.ts";
import { deviceSubject } from "./endings.ts";

export class AdapterFindings extends OwnFindings<"ADAPTER-DEVICE" | "ADAPTER-ENDED"> {
  /** What was said of each already: since when it is so, and why. */
  #told = new Map<string, string>();

  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    super(KINDS, now);
  }

  /** Looks how adapters stand; each death, and each other cause of it, is found once. */
  look(accounts: readonly AdapterAccount[]): void {
    const before = this.#told;
    this.#told = new Map();
    for (const account of accounts) {
      if (account.state === "ended") this.#ended(account, before);
      for (const device of account.devices) {
        if (device.state !== "alive") this.#dead(account, device, before);
      }
    }
  }

  #ended({ adapter, groupId, edgeNodeId, since, lastError }: AdapterAccount, before: Told): void {
    const subject = `adapter ${adapter}`;
    const because = lastError ?? "its thread ended";
    if (!this.#isNews(subject, `${since} ${because}`, before)) return;
    const topic = `spBv1.0/${groupId}/NBIRTH/${edgeNodeId}`;
    this.note({ code: "ADAPTER-ENDED", subject, topic, because });
  }

  #dead(
    account: AdapterAccount,
    { deviceId, since, lastError }: DeviceAccount,
    before: Told,
  ): void {
    const { groupId, edgeNodeId } = account;
    const subject = deviceSubject(account, deviceId);
    const because = lastError ?? "it does not answer";
    if (!this.#isNews(subject, `${since} ${because}`, before)) return;
    const topic = `spBv1.0/${groupId}/DDEATH/${edgeNodeId}/${deviceId}`;
    this.note({ code: "ADAPTER-DEVICE", subject, topic, because });
  }

  #isNews(subject: string, said: string, before: Told): boolean {
    this.#told.set(subject, said);
    return before.get(subject) !== said;
  }
}

type Told = ReadonlyMap<string, string>;

const KINDS = {
  "ADAPTER-DEVICE": {
    title: "a device does not answer",
    advice:
      "look at its power, its cable and its address; the page of adapters says how each request went",
  },
  "ADAPTER-ENDED": {
    title: "an adapter ended and is started again",
    advice:
      "look at its entry in the configuration, and at the log of the hub for what came before",
  },
} as const;
