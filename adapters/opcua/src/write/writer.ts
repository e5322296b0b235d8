/** Commands to tags, methods and alarms: checked first, carried out in order, each told to the audit. */
import {
  auditFields,
  deviceControl,
  isDone,
  OWN_PREFIXES,
  rejected,
  WriteDesk,
  type DeviceControl,
  type Logger,
  type WriteAudit,
  type WriteCommand,
  type WriteRejection,
  type WriteResult,
} from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { DataConfig, TagConfig } from "../data-config.ts";
import type { Library } from "../library.ts";
import type { Live } from "../recover/live.ts";
import type { DeviceTable } from "../values/device-table.ts";
import { readingOf } from "../values/last-values.ts";
import type { Leaf } from "../values/leaf.ts";
import { prepare } from "./command-value.ts";
import { NodeTurns } from "./node-turns.ts";
import { fillStructures, type StructureWrite } from "./structures.ts";
import {
  variantOf,
  writeNodes,
  type NodeWrite,
  type WriteLink,
  type WritePlace,
} from "./write-nodes.ts";

interface Prepared {
  readonly link: WriteLink;
  readonly structures: readonly StructureWrite[];
  readonly others: readonly NodeWrite[];
}

type WritePlaceFound = Pick<WritePlace, "index" | "item" | "offset"> & { readonly leaf: Leaf };

/** What the desks share. */
export interface DeskParts {
  /** As it is now. */
  config(): DataConfig;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** `undefined`: there is no connection. */
  live(): Live | undefined;
  tableOf(device: string): DeviceTable | undefined;
  flush(device: string): void;
}

/** Takes commands to metrics that no tag stands for. */
export interface CommandTaker {
  /** Whether the metric is one of its own. */
  owns(command: WriteCommand): boolean;
  perform(command: WriteCommand, live: Live, library: Library): Promise<WriteResult>;
}

export interface WriterOptions extends DeskParts {
  readonly methods: CommandTaker;
  readonly alarms: CommandTaker;
  /** Does what somebody asks of a device itself; a sentence when it cannot be done. */
  control(device: string, control: DeviceControl): string | undefined;
  /** A write came to its end. */
  wrote(command: WriteCommand, result: WriteResult): void;
}

export class Writer {
  library: Library | undefined;
  readonly #options: WriterOptions;
  #tags: ReadonlyMap<string, TagConfig> = new Map();
  readonly #desk: WriteDesk;
  /** The desk is one for each device, and a node may be of several. */
  readonly #turns = new NodeTurns();

  constructor(options: WriterOptions) {
    this.#options = options;
    this.know(options.config().tags);
    this.#desk = new WriteDesk({
      get maxAgeMs() {
        return options.config().maxCommandAgeMs;
      },
      check: (command) => this.#check(command),
      groupOf: (command) => this.#groupOf(command),
      perform: (commands) => this.#perform(commands),
      valueOf: (command) => this.#valueOf(command),
      audit: (entry) => this.#audit(entry),
      now: () => options.now(),
    });
  }

  /** The tags that there are now; browsing finds others than the configuration has. */
  know(tags: readonly TagConfig[]): void {
    this.#tags = new Map(tags.map((tag) => [keyOf(tag.device, tag.name), tag]));
  }

  /** One result for each. Never rejects. */
  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return await this.#desk.write(commands);
  }

  /** Why nothing can be sent. */
  #check(command: WriteCommand): WriteResult | undefined {
    const asked = deviceControl(command.metric, command.value);
    if (asked?.kind === "refused") return this.#rejected(command, "bad_value", asked.because);
    if (asked !== undefined) return undefined;
    const fault = this.#configFault(command);
    if (fault !== undefined) return this.#rejected(command, ...fault);
    if (this.#options.live() === undefined || this.library === undefined) {
      return this.#rejected(command, "offline", "the server is not connected");
    }
    if (this.#options.tableOf(command.deviceId) === undefined) {
      return this.#rejected(command, "offline", "the device is not there, or disabled");
    }
    if (this.#taker(command) !== undefined) return undefined;
    const prepared = this.#prepare(command);
    return "fault" in prepared ? prepared.fault : undefined;
  }

  #configFault(command: WriteCommand): readonly [WriteRejection, string] | undefined {
    const config = this.#options.config();
    const tag = this.#tagOf(command) ?? this.#placeOf(command)?.item.node.tag;
    if (OWN_PREFIXES.some((prefix) => command.metric.startsWith(prefix))) {
      return ["not_writable", "it only tells"];
    }
    if (tag === undefined && this.#taker(command) === undefined) {
      if (this.#mayBeMember(command)) return undefined; // what there is nobody knows without a connection
      return this.#isBorn(command)
        ? ["not_writable", "it only tells"]
        : ["unknown_metric", "is not configured"];
    }
    if (config.readOnly) return ["read_only", "the adapter is readOnly"];
    if (tag?.access === "r") return ["not_writable", "is read only; access: rw would allow writes"];
    return undefined;
  }

  /** Of a structure, as far as that can be said while there is no connection. */
  #mayBeMember({ deviceId, metric }: WriteCommand): boolean {
    if (this.#options.live() !== undefined) return false;
    const tags = [...this.#tags.values()];
    return tags.some(({ device, name }) => device === deviceId && metric.startsWith(`${name}/`));
  }

  #isBorn({ deviceId, metric }: WriteCommand): boolean {
    return this.#options.tableOf(deviceId)?.metrics.some(({ name }) => name === metric) === true;
  }

  #rejected(command: WriteCommand, rejection: WriteRejection, because: string): WriteResult {
    return rejected(command, rejection, { because, at: this.#options.now() });
  }

  /** The item that a metric is of, and which of its metrics it is. */
  #placeOf(command: WriteCommand): WritePlaceFound | undefined {
    const live = this.#options.live();
    const metric = this.#tagOf(command)?.name ?? command.metric;
    for (const [index, item] of live?.values.items.entries() ?? []) {
      const { tag, leaves } = item.node;
      if (tag.device !== command.deviceId || !metric.startsWith(tag.name)) continue;
      const suffix = metric.slice(tag.name.length);
      const offset = leaves.findIndex((leaf) => leaf.suffix === suffix);
      const leaf = leaves[offset];
      if (leaf !== undefined) return { index, item, offset, leaf };
    }
    return undefined;
  }

  #hasMembers({ deviceId, metric }: WriteCommand): boolean {
    const items = this.#options.live()?.values.items ?? [];
    return items.some(
      ({ node: { tag, leaves } }) =>
        tag.device === deviceId && tag.name === metric && leaves.length > 0,
    );
  }

  /** Members of a structure that one command names go into one write. */
  #groupOf(command: WriteCommand): string | undefined {
    const own = this.#tagOf(command);
    if (own !== undefined) return own.write.writeGroup;
    const tag = this.#placeOf(command)?.item.node.tag;
    return tag === undefined ? undefined : (tag.write.writeGroup ?? `structure ${tag.name}`);
  }

  #prepare(command: WriteCommand): NodeWrite | StructureWrite | { readonly fault: WriteResult } {
    const { library } = this;
    const found = this.#placeOf(command);
    const refuse = (rejection: WriteRejection, because: string) => ({
      fault: this.#rejected(command, rejection, because),
    });
    if (found === undefined || library === undefined) {
      return this.#hasMembers(command)
        ? refuse("not_writable", "it is a structure; its members can be written")
        : refuse("offline", "is not there");
    }
    const { leaf, ...place } = found;
    const { node } = place.item;
    const { nodeId } = node;
    if (nodeId === undefined || node.fault !== undefined) {
      return refuse("by_device", `the server has no such value (${node.fault ?? "no node"})`);
    }
    if (!node.isWritable) {
      return refuse("not_writable", "the server does not allow us to write it");
    }
    const prepared = prepare(command, { node, leaf, nowMs: this.#options.now() });
    if ("fault" in prepared) return prepared;
    const write = { command, ...place, nodeId };
    return "member" in prepared
      ? { ...write, member: prepared.member }
      : { ...write, variant: variantOf(library, prepared.wire) };
  }

  async #perform(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const [first] = commands;
    const asked = first && deviceControl(first.metric, first.value);
    if (first !== undefined && asked !== undefined) return [this.#control(first, asked)];
    const live = this.#options.live();
    const { library } = this;
    if (live === undefined || library === undefined) {
      return commands.map((each) => this.#rejected(each, "offline", "the server is not connected"));
    }
    const taker = first === undefined ? undefined : this.#taker(first);
    if (first !== undefined && taker !== undefined) {
      return [await taker.perform(first, live, library)];
    }
    return await this.#performWrites(commands, {
      live,
      connection: live.connection,
      library,
      maxAgeMs: this.#options.config().maxCommandAgeMs,
      now: () => this.#options.now(),
    });
  }

  /** What belongs together goes out together, or not at all. */
  async #performWrites(
    commands: readonly WriteCommand[],
    link: WriteLink,
  ): Promise<readonly WriteResult[]> {
    const prepared = commands.map((command) => this.#prepare(command));
    const faults = prepared.filter((each) => "fault" in each);
    if (faults.length > 0) return faults.map(({ fault }) => fault);
    const structures = prepared.filter((each) => "member" in each);
    const nodes = new Set(structures.map(({ nodeId }) => nodeId.toString()));
    return await this.#turns.take([...nodes], () =>
      this.#sendAll(commands, {
        link,
        structures,
        others: prepared.filter((each) => "variant" in each),
      }),
    );
  }

  async #sendAll(
    commands: readonly WriteCommand[],
    { link, structures, others }: Prepared,
  ): Promise<readonly WriteResult[]> {
    const filled = await fillStructures(link, structures);
    if ("get" in filled) {
      const because = "its group goes as a whole, and a structure of it was rejected";
      return commands.map(
        (each) => filled.get(each) ?? this.#rejected(each, "group_incomplete", because),
      );
    }
    const byCommand = new Map([...others, ...filled].map((each) => [each.command, each]));
    return await writeNodes(
      link,
      commands.flatMap((each) => byCommand.get(each) ?? []),
    );
  }

  #control(command: WriteCommand, asked: DeviceControl): WriteResult {
    const because = this.#options.control(command.deviceId, asked);
    if (because !== undefined) return this.#rejected(command, "offline", because);
    return { outcome: "ok", at: this.#options.now() };
  }

  /** The line for the audit: who, what, and what came of it. */
  #audit(entry: WriteAudit): void {
    this.#options.log[isDone(entry.result) ? "info" : "warn"](auditFields(entry), "write");
    this.#options.wrote(entry.command, entry.result);
  }

  #taker(command: WriteCommand): CommandTaker | undefined {
    const { methods, alarms } = this.#options;
    return [methods, alarms].find((taker) => taker.owns(command));
  }

  #tagOf({ deviceId, metric }: WriteCommand): TagConfig | undefined {
    return this.#tags.get(keyOf(deviceId, metric));
  }

  #valueOf({ deviceId, metric }: WriteCommand): MetricValue | undefined {
    const table = this.#options.tableOf(deviceId);
    const index = table?.metrics.findIndex(({ name }) => name === metric) ?? -1;
    const found = table?.metrics[index];
    if (table === undefined || found === undefined) return undefined;
    return readingOf(table.last.get(index), found.datatype === "Boolean").value;
  }
}

function keyOf(device: string, metric: string): string {
  return JSON.stringify([device, metric]);
}
