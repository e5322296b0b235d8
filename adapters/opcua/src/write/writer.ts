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
import { prepare, type Prepared } from "./command-value.ts";
import { writeNodes, type NodeWrite } from "./write-nodes.ts";

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

  constructor(options: WriterOptions) {
    this.#options = options;
    this.know(options.config().tags);
    this.#desk = new WriteDesk({
      get maxAgeMs() {
        return options.config().maxCommandAgeMs;
      },
      check: (command) => this.#check(command),
      groupOf: (command) => this.#tagOf(command)?.write.writeGroup,
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
    const tag = this.#tagOf(command);
    if (OWN_PREFIXES.some((prefix) => command.metric.startsWith(prefix))) {
      return ["not_writable", "it only tells"];
    }
    if (tag === undefined && this.#taker(command) === undefined) {
      return this.#isBorn(command)
        ? ["not_writable", "only whole tags can be written"]
        : ["unknown_metric", "is not configured"];
    }
    if (config.readOnly) return ["read_only", "the adapter is readOnly"];
    if (tag?.access === "r") return ["not_writable", "is read only; access: rw would allow writes"];
    return undefined;
  }

  #isBorn({ deviceId, metric }: WriteCommand): boolean {
    return this.#options.tableOf(deviceId)?.metrics.some(({ name }) => name === metric) === true;
  }

  #rejected(command: WriteCommand, rejection: WriteRejection, because: string): WriteResult {
    return rejected(command, rejection, { because, at: this.#options.now() });
  }

  #prepare(command: WriteCommand): NodeWrite | { readonly fault: WriteResult } {
    const live = this.#options.live();
    const index = live?.values.items.findIndex(
      ({ node: { tag } }) => tag.name === command.metric && tag.device === command.deviceId,
    );
    const item = live?.values.items[index ?? -1];
    const refuse = (rejection: WriteRejection, because: string) => ({
      fault: this.#rejected(command, rejection, because),
    });
    if (item === undefined || index === undefined) return refuse("offline", "is not there");
    const { node } = item;
    const { nodeId } = node;
    if (nodeId === undefined || node.fault !== undefined) {
      return refuse("by_device", `the server has no such value (${node.fault ?? "no node"})`);
    }
    if (!node.isWritable) {
      return refuse("not_writable", "the server does not allow us to write it");
    }
    const prepared: Prepared = prepare(command, node, this.#options.now());
    if ("fault" in prepared) return prepared;
    return { command, index, item, nodeId, wire: prepared.wire };
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
    const prepared = commands.map((command) => this.#prepare(command));
    const writes = prepared.filter((each) => "wire" in each);
    const faults = prepared.filter((each) => "fault" in each);
    if (faults.length > 0) return faults.map(({ fault }) => fault);
    return await writeNodes({ live, library, now: () => this.#options.now() }, writes);
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
