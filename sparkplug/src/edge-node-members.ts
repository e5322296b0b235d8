/** An edge node and its devices as they are announced: who is there, with which metrics, after which definitions. */
import { REBIRTH } from "./command.ts";
import { BD_SEQ } from "./death.ts";
import {
  openMember,
  settled,
  takeNews,
  takeSamples,
  tellTwins,
  type Member,
  type MemberRules,
} from "./edge-node-member.ts";
import type { EdgeNodeEvent, OwnMetrics } from "./edge-node-options.ts";
import { definitionTypes, templateTable, type TemplateTable } from "./edge-node-template.ts";
import type { MetricReading } from "./metric.ts";
import type { AnnouncedMetric } from "./reading.ts";
import type { SampleBatch } from "./sample-batch.ts";
import type { AdmittedBatch } from "./sample-columns.ts";
import type { Clock } from "./session-clock.ts";
import type { TemplateTypes } from "./template.ts";

const RESERVED = [BD_SEQ, REBIRTH];

export class EdgeNodeMembers {
  readonly #clock: Clock;
  readonly #tell: (event: EdgeNodeEvent) => void;
  readonly #devices = new Map<string, Member>();
  #templates: TemplateTable = new Map();
  #types: TemplateTypes = definitionTypes(new Map());
  #own: Member = { deviceId: undefined, metrics: new Map(), names: [], columns: undefined };

  constructor(clock: Clock, tell: (event: EdgeNodeEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get own(): Member {
    return this.#own;
  }

  get devices(): ReadonlyMap<string, Member> {
    return this.#devices;
  }

  get templates(): TemplateTable {
    return this.#templates;
  }

  /** The datatypes that the definitions tell, for commands that leave them out. */
  get types(): TemplateTypes {
    return this.#types;
  }

  /** Devices are held against the new definitions too: what no longer keeps to them is left out and told. */
  define({ metrics = [], templates = [] }: OwnMetrics): void {
    this.#templates = templateTable(templates, RESERVED, (metric, because) =>
      this.#tell({ kind: "refused", deviceId: undefined, metric, because }),
    );
    this.#types = definitionTypes(this.#templates);
    this.#own = openMember(undefined, metrics, { ...this.#rules, reserved: RESERVED });
    for (const [deviceId, device] of this.#devices) {
      const again = openMember(deviceId, [...settled(device).values()], this.#rules);
      this.#devices.set(deviceId, { ...again, names: device.names });
    }
  }

  born(deviceId: string, metrics: readonly AnnouncedMetric[]): Member {
    const device = openMember(deviceId, metrics, this.#rules);
    this.#devices.set(deviceId, device);
    tellTwins(undefined, [...this.#devices.keys()], this.#tell);
    return device;
  }

  /** Whether there was one to die. */
  died(deviceId: string): boolean {
    return this.#devices.delete(deviceId);
  }

  /** Forgets all devices; gives their ids. */
  allDied(): readonly string[] {
    const deviceIds = [...this.#devices.keys()];
    this.#devices.clear();
    return deviceIds;
  }

  /** What is news; `undefined` when there is no such device. */
  news(
    deviceId: string | undefined,
    readings: readonly MetricReading[],
  ): { readonly member: Member; readonly news: readonly MetricReading[] } | undefined {
    const member = this.#member(deviceId);
    return member && { member, news: takeNews(member, readings, this.#rules) };
  }

  /** What of a batch may be sent; `undefined` when there is no such device. */
  samples(
    deviceId: string | undefined,
    batch: SampleBatch,
  ): { readonly member: Member; readonly admitted: AdmittedBatch } | undefined {
    const member = this.#member(deviceId);
    return member && { member, admitted: takeSamples(member, batch, this.#rules) };
  }

  #member(deviceId: string | undefined): Member | undefined {
    return deviceId === undefined ? this.#own : this.#devices.get(deviceId);
  }

  get #rules(): MemberRules {
    const now = (): number => this.#clock.now();
    return { templates: this.#templates, reserved: [], tell: this.#tell, now };
  }
}
