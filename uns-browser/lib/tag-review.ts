/** What the hub says that other tags would do: each tag before and after, and what it means for devices and readers. */
import { listOf, oneOf, textOf } from "./json-parts.ts";
import { isRecord } from "./hub-request.ts";
import { textsOf, type TagFields } from "./tags.ts";
import { parseWork, type Work } from "./work.ts";

/** A tag that would be another. */
export interface TagDifference {
  readonly device: string;
  readonly name: string;
  /** Its name until now; `null`: it stays. */
  readonly was: string | null;
  /** `null`: it is new. */
  readonly before: TagFields | null;
  /** `null`: it is gone. */
  readonly after: TagFields | null;
}

const ADAPTERS = ["starts", "stops", "changes", "renamed", "held", "released"] as const;
const BIRTHS = ["born", "born anew", "dies"] as const;
const METRICS = ["added", "removed", "retyped"] as const;

/** What a configuration would do. */
export interface Consequences {
  /** Of the file, which take effect only when the hub starts. */
  readonly sections: readonly string[];
  readonly adapters: readonly {
    readonly name: string;
    readonly change: (typeof ADAPTERS)[number];
    /** Its name until now; `null`: it stays. */
    readonly was: string | null;
  }[];
  /** Devices whose connection is closed and opened. */
  readonly connections: readonly string[];
  readonly births: readonly {
    readonly device: string;
    readonly change: (typeof BIRTHS)[number];
  }[];
  readonly metrics: readonly {
    readonly path: string;
    readonly change: (typeof METRICS)[number];
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** Plain topics that are cleared. */
  readonly topics: readonly string[];
  /** Who reads what changes. */
  readonly clients: readonly { readonly id: string; readonly isConnected: boolean }[];
}

export interface Review {
  readonly differences: readonly TagDifference[];
  /** Tags for which there is nothing to do. */
  readonly untouched: number;
  readonly plan: Consequences;
  readonly before: Work | null;
  readonly after: Work | null;
  /** The whole file, as it would be. */
  readonly text: string;
  /** To be given back when it is applied. */
  readonly basis: string;
}

export function parseReview(value: unknown): Review | null {
  if (!isRecord(value)) return null;
  const { outcome, work } = value;
  const plan = parseConsequences(value["plan"]);
  const basis = textOf(value["basis"]);
  if (plan === null || basis === null || !isRecord(work)) return null;
  return {
    differences: listOf(value["differences"]).map((json) => ({
      device: textOf(json["device"]) ?? "",
      name: textOf(json["name"]) ?? "",
      was: textOf(json["was"]),
      before: isRecord(json["before"]) ? json["before"] : null,
      after: isRecord(json["after"]) ? json["after"] : null,
    })),
    untouched: isRecord(outcome) ? textsOf(outcome["untouched"]).length : 0,
    plan,
    before: parseWork(work["before"]),
    after: parseWork(work["after"]),
    text: textOf(value["text"]) ?? "",
    basis,
  };
}

export function parseConsequences(value: unknown): Consequences | null {
  if (!isRecord(value) || !Array.isArray(value["metrics"])) return null;
  return {
    sections: textsOf(value["sections"]),
    adapters: listOf(value["adapters"]).flatMap((adapter) => {
      const change = oneOf(ADAPTERS, adapter["change"]);
      return change === null
        ? []
        : [{ name: textOf(adapter["adapter"]) ?? "", change, was: textOf(adapter["was"]) }];
    }),
    connections: listOf(value["connections"]).flatMap(({ devices }) => textsOf(devices)),
    births: listOf(value["births"]).flatMap((birth) => {
      const change = oneOf(BIRTHS, birth["change"]);
      const device = `${textOf(birth["edgeNode"]) ?? ""}/${textOf(birth["device"]) ?? ""}`;
      return change === null ? [] : [{ device, change }];
    }),
    metrics: listOf(value["metrics"]).flatMap((metric) => {
      const change = oneOf(METRICS, metric["change"]);
      const path = textOf(metric["path"]) ?? "";
      const [before, after] = [textOf(metric["before"]), textOf(metric["after"])];
      return change === null ? [] : [{ path, change, before, after }];
    }),
    topics: textsOf(value["topics"]),
    clients: listOf(value["clients"]).map((client) => ({
      id: textOf(client["clientId"]) ?? "",
      isConnected: client["isConnected"] === true,
    })),
  };
}

/** A key of a tag that differs. */
export interface FieldDifference {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** In the order of the tag as it will be, what is left out last. */
export function fieldDifferences({ before, after }: TagDifference): readonly FieldDifference[] {
  const keys = new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})]);
  return [...keys].flatMap((key) => {
    if (key === "name") return [];
    const [was, is] = [before?.[key], after?.[key]];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ key, before: was, after: is }];
  });
}

interface Sorted {
  readonly renamed: readonly TagDifference[];
  readonly added: readonly TagDifference[];
  readonly changed: readonly TagDifference[];
  readonly removed: readonly TagDifference[];
}

export type DifferenceKind = keyof Sorted;

export function kindOf({ was, before, after }: TagDifference): DifferenceKind {
  if (was !== null) return "renamed";
  if (before === null) return "added";
  return after === null ? "removed" : "changed";
}

/** Differences by what becomes of the tags. */
export function sorted(differences: readonly TagDifference[]): Sorted {
  const of = (kind: DifferenceKind): readonly TagDifference[] =>
    differences.filter((difference) => kindOf(difference) === kind);
  return {
    renamed: of("renamed"),
    added: of("added"),
    changed: of("changed"),
    removed: of("removed"),
  };
}
