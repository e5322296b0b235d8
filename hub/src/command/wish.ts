/** Whether a metric can take a value, here and now. */
import {
  BD_SEQ,
  descriptorOf,
  propertyValue,
  type Datatype,
  type MetricValue,
  type NodeId,
} from "@unshub/sparkplug";
import type { MetricInfo, UnsTree } from "../tree/index.ts";
import type { Refusal } from "./outcome.ts";
import { parseValue } from "./parse-value.ts";
import { interlockFault, valueFault, type Governing, type Rules } from "./rules/index.ts";

/** Something to be written, checked: this metric can take this value now. */
export interface Wish {
  readonly info: MetricInfo;
  readonly path: string;
  readonly datatype: Datatype;
  readonly value: MetricValue;
  readonly rule: Governing;
}

export interface WishOptions {
  readonly tree: UnsTree;
  readonly rules: Rules;
  /** Whether a metric is open where no rule names it. */
  readonly isOpened?: ((info: MetricInfo) => boolean) | undefined;
  /** Other names of a metric by which rules may call it: its path in the plant. */
  readonly placeOf?: ((id: number) => string | undefined) | undefined;
  /** `writable`: metrics of edge nodes themselves go out as NCMD, as a host for others must. Default `refused`. */
  readonly nodeMetrics?: "refused" | "writable" | undefined;
}

export class Wishes {
  readonly #options: WishOptions;

  constructor(options: WishOptions) {
    this.#options = options;
  }

  /** What holds for a metric. */
  ruleOf(info: MetricInfo): Governing {
    const { placeOf, rules, isOpened } = this.#options;
    const place = placeOf?.(info.id);
    const address = addressOf(info);
    const rule = rules.of(place === undefined ? [address] : [address, place]);
    const isOpen = rule.number === undefined && isOpened?.(info) === true;
    return isOpen ? { ...rule, allow: true } : rule;
  }

  /** `input`: a text or a JSON value. */
  parse(info: MetricInfo, path: string, input: unknown): Wish | Refusal {
    const open = this.#open(info, path);
    if ("code" in open) return open;
    const parsed = parseValue(open.datatype, input);
    if (!parsed.ok) return { code: "MISFIT", because: parsed.because };
    return this.#within({ ...open, value: parsed.value });
  }

  /** As `parse`, for a value that has the datatype of its birth already. */
  accept(info: MetricInfo, path: string, value: MetricValue): Wish | Refusal {
    const open = this.#open(info, path);
    return "code" in open ? open : this.#within({ ...open, value });
  }

  /** Why nobody can write the metric now, whatever the value; `undefined`: somebody can. */
  closed(info: MetricInfo, path: string): Refusal | undefined {
    const open = this.#open(info, path);
    return "code" in open ? open : undefined;
  }

  #open(info: MetricInfo, path: string): Omit<Wish, "value"> | Refusal {
    const { datatype } = info;
    const rule = this.ruleOf(info);
    if (!rule.allow) return { code: "BLOCKED", because: blockedBecause(info, rule) };
    if (!this.#mayChange(info, rule)) {
      return { code: "READ_ONLY", because: `"${path}" is read-only` };
    }
    if (this.#options.tree.online(info.memberRow) !== true) {
      return { code: "OFFLINE", because: offline(info) };
    }
    if (datatype === undefined) {
      const because = `"${path}" is of a type that cannot be written yet`;
      return { code: "TYPE_NOT_WRITABLE", because };
    }
    return { info, path, datatype, rule };
  }

  #within(wish: Wish): Wish | Refusal {
    const { tree } = this.#options;
    const { info, value, rule } = wish;
    const beyond = valueFault(info, rule, value, tree.values.value(info.id));
    if (beyond !== undefined) return { code: "OUT_OF_RANGE", because: beyond };
    const locked = interlockFault(tree, rule.interlocks);
    if (locked !== undefined) return { code: "INTERLOCK", because: locked };
    return wish;
  }

  /** Metrics of an edge node itself only where a rule names them. */
  #mayChange({ id, deviceId, name, writable }: MetricInfo, rule: Governing): boolean {
    if (deviceId !== undefined) return writable;
    const { nodeMetrics = "refused", tree } = this.#options;
    if (nodeMetrics === "refused" && rule.number === undefined) return false;
    return name !== BD_SEQ && propertyValue(tree.propertiesOf(id).get("readOnly")) !== true;
  }
}

/**
 * Tags that are writable in the configuration of an adapter are opened there; a rule may still close them. What edge
 * nodes do themselves (`Node Control/…`) is not. `adapters`: the edge nodes of the hub.
 */
export function ownTags(adapters: readonly NodeId[]): (info: MetricInfo) => boolean {
  const own = new Set(adapters.map((node) => descriptorOf(node)));
  return (info) => info.deviceId !== undefined && own.has(descriptorOf(info));
}

/** `Plant1/gw-press/press-01/Motor/Speed`: as rules name metrics. */
function addressOf({ groupId, edgeNodeId, deviceId, name }: MetricInfo): string {
  return [groupId, edgeNodeId, ...(deviceId === undefined ? [] : [deviceId]), name].join("/");
}

export function offline({ deviceId, edgeNodeId }: MetricInfo): string {
  return deviceId === undefined
    ? `edge node "${edgeNodeId}" is offline`
    : `device "${deviceId}" is offline`;
}

function blockedBecause(info: MetricInfo, { number }: Governing): string {
  const address = addressOf(info);
  return number === undefined
    ? `commands are blocked until they are opened: add { metrics: "${address}" } to commands.rules in unshub.yaml`
    : `rule ${number} of commands.rules blocks "${address}"`;
}
