/** Deletes retained messages on purpose, after a dry run, and brings them back for a day. */
import { join } from "node:path";
import { lastingProperties, type Broker, type RetainedMessage } from "../broker/index.ts";
import { DeletedFiles, NoRoomError, type Deletion, type KeptMessage } from "./deleted-files.ts";
import { dryRunOf, findRetained, planOf, type DryRun, type TopicRights } from "./dry-run.ts";

export interface RetainedKeeperOptions {
  readonly broker: Pick<Broker, "retained" | "publish" | "hasReceivers">;
  readonly dataDir: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Of all that can be restored, on disk; what tests make small. */
  readonly mostBytes?: number;
}

/** Why nothing was done, as a sentence. */
export class RetainedError extends Error {
  readonly code: "CHANGED" | "TOO_MANY" | "FULL" | "NOTHING" | "UNKNOWN";

  constructor(code: RetainedError["code"], message: string) {
    super(message);
    this.name = "RetainedError";
    this.code = code;
  }
}

interface Deleting {
  /** Who does it. */
  readonly by: string;
  /** Of the dry run. */
  readonly plan: string;
  readonly rights: TopicRights;
}

export interface Deleted extends Deletion {
  /** Topics that got another message while this was written down: these stay as they are. */
  readonly left: readonly string[];
}

interface Restored {
  readonly restored: number;
  /** Topics that have another message meanwhile, or may not be changed: these stay as they are. */
  readonly left: readonly string[];
}

export class RetainedKeeper {
  readonly #broker: RetainedKeeperOptions["broker"];
  readonly #files: DeletedFiles;

  constructor({ broker, dataDir, now, mostBytes }: RetainedKeeperOptions) {
    this.#broker = broker;
    this.#files = new DeletedFiles(join(dataDir, "deleted-retained"), now, mostBytes);
  }

  /** What would go, and what would stay. Changes nothing. */
  async dryRun(filter: string, rights: TopicRights): Promise<DryRun> {
    return dryRunOf(await findRetained(this.#broker, filter, rights), filter, this.#broker);
  }

  /**
   * Deletes what a dry run found, and nothing else.
   * @throws {RetainedError} when that has changed, or is more than may be deleted. {BrokerError} NOT_STORED
   */
  async delete(filter: string, { by, plan, rights }: Deleting): Promise<Deleted> {
    const { messages, isTooMany } = await findRetained(this.#broker, filter, rights);
    if (isTooMany)
      throw new RetainedError("TOO_MANY", "there are too many messages; take a narrower filter");
    if (planOf(messages) !== plan)
      throw new RetainedError("CHANGED", "these messages have changed meanwhile; look again");
    if (messages.length === 0)
      throw new RetainedError("NOTHING", `there is no retained message on "${filter}"`);
    const deletion = await this.#keep(messages, { by, filter });
    const empty = { payload: new Uint8Array(0), qos: 1, retain: true } as const;
    const left: string[] = [];
    const goes = messages.map(async (message) => {
      const { topic } = message;
      const now = this.#now(topic);
      if (now === message) await this.#broker.publish({ topic, ...empty });
      else if (now !== undefined) left.push(topic);
    });
    await Promise.all(goes);
    return { ...deletion, left };
  }

  async #keep(...asked: Parameters<DeletedFiles["keep"]>): Promise<Deletion> {
    try {
      return await this.#files.keep(...asked);
    } catch (error) {
      if (error instanceof NoRoomError) throw new RetainedError("FULL", error.message);
      throw error;
    }
  }

  /** What can be restored, the newest first. */
  async deletions(): Promise<readonly Deletion[]> {
    return await this.#files.list();
  }

  /** Brings back what has no other message meanwhile. @throws {RetainedError} UNKNOWN {BrokerError} NOT_STORED */
  async restore(id: string, rights: TopicRights): Promise<Restored> {
    const messages = await this.#files.messages(id);
    if (messages === undefined)
      throw new RetainedError("UNKNOWN", `there is no deletion ${id}, or it is older than a day`);
    const mayCome = (topic: string): boolean =>
      rights.faultOf(topic) === undefined && this.#now(topic) === undefined;
    const coming = messages.filter(({ topic }) => mayCome(topic));
    const left = messages.filter((one) => !coming.includes(one)).map(({ topic }) => topic);
    await Promise.all(coming.map((message) => this.#publish(message)));
    if (left.length === 0) await this.#files.forget(id);
    return { restored: coming.length, left };
  }

  async #publish({ properties, ...message }: KeptMessage): Promise<void> {
    const lasting = lastingProperties(properties);
    await this.#broker.publish({ ...message, retain: true, properties: lasting });
  }

  /** The message that a topic has now. */
  #now(topic: string): RetainedMessage | undefined {
    for (const found of this.#broker.retained(topic)) if (found?.topic === topic) return found;
    return undefined;
  }
}
