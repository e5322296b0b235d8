/** What an edge node makes of what it hears: commands for itself and its devices, and its own death. Never throws. */
import type { AliasTable } from "./alias.ts";
import { bdSeqOfBytes } from "./death.ts";
import { decodeLenient } from "./decode.ts";
import { readOrder } from "./edge-node-command.ts";
import type { Member } from "./edge-node-member.ts";
import type { EdgeNodeMembers } from "./edge-node-members.ts";
import type { EdgeNodeOptions, WriteCommand } from "./edge-node-options.ts";
import { SparkplugError } from "./errors.ts";
import { readTopic } from "./topic.ts";

export interface EdgeNodeInboxOptions {
  readonly node: EdgeNodeOptions;
  readonly members: EdgeNodeMembers;
  aliases(): AliasTable;
  /** Somebody asks for births. */
  rebirth(): void;
  /** Somebody published a death of this edge node, of the session with this `bdSeq`. */
  ownDeath(bdSeq: number | undefined): void;
}

export class EdgeNodeInbox {
  readonly #options: EdgeNodeInboxOptions;

  constructor(options: EdgeNodeInboxOptions) {
    this.#options = options;
  }

  received(topic: string, payload: Uint8Array): void {
    try {
      this.#dispatch(topic, payload);
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      this.#options.node.onRefused(topic, error.message);
    }
  }

  #dispatch(topic: string, payload: Uint8Array): void {
    const { node, members } = this.#options;
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return;
    const target = reading.topic;
    if (target.groupId !== node.groupId || target.edgeNodeId !== node.edgeNodeId) return;
    if (target.type === "NDEATH") this.#options.ownDeath(bdSeqOfBytes(payload));
    else if (target.type === "NCMD") this.#obey(topic, members.own, payload);
    else if (target.type === "DCMD") {
      const device = members.devices.get(target.deviceId);
      if (device !== undefined) this.#obey(topic, device, payload);
      else node.onRefused(topic, `device "${target.deviceId}" is not online`);
    }
  }

  #obey(topic: string, member: Member, payload: Uint8Array): void {
    const { node, members } = this.#options;
    const { templates, types } = members;
    const { deviceId } = member;
    const writes: WriteCommand[] = [];
    for (const metric of decodeLenient(payload).metrics) {
      const aliases = this.#options.aliases();
      const order = readOrder(metric, { member, aliases, templates, types });
      if (order.kind === "rebirth") this.#options.rebirth();
      else if (order.kind === "refused") node.onRefused(topic, order.because);
      else if (order.kind === "write") {
        const { metric: name, value } = order;
        const { timestamp } = metric;
        const when = timestamp === undefined ? {} : { timestamp };
        if (deviceId !== undefined) writes.push({ deviceId, metric: name, value, ...when });
        else if (node.onNodeWrite !== undefined) node.onNodeWrite({ metric: name, value });
        else node.onRefused(topic, `"${name}": nobody carries out writes of this edge node itself`);
      }
    }
    this.#write(writes);
  }

  #write(writes: readonly WriteCommand[]): void {
    const { node } = this.#options;
    if (writes.length === 0) return;
    if (node.onCommand !== undefined) return node.onCommand(writes);
    for (const write of writes) node.onWrite(write);
  }
}
