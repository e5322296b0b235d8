/** What the checks of i3X have found out of a server so far. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { textAt, valueAt, type I3xAnswer, type I3xDoor } from "./i3x-client.ts";
import { resultOf } from "./i3x-rules.ts";

/** Nothing has this id. */
export const BOGUS = "no-such-element-7f3a9c";

/** What is known of the server so far. */
export class Findings {
  readonly door: I3xDoor;
  readonly clientId = randomUUID();
  readonly types = new Map<string, unknown>();
  readonly relationships = new Map<string, unknown>();
  objects: readonly unknown[] = [];
  namespaces: readonly unknown[] = [];
  values = new Map<string, unknown>();
  edges: readonly Edge[] = [];
  past: readonly unknown[] = [];
  subscriptionId = "";
  registered: readonly string[] = [];

  constructor(door: I3xDoor) {
    this.door = door;
  }

  readonly get = async (path: string): Promise<unknown> =>
    resultOf(await this.door.ask("GET", path));

  readonly post = (path: string, body: object): Promise<I3xAnswer> =>
    this.door.ask("POST", path, body);

  /** About the subscription of these checks. */
  readonly mine = (path: string, body: object = {}): Promise<I3xAnswer> => {
    const { clientId, subscriptionId } = this;
    return this.post(`/subscriptions${path}`, { clientId, subscriptionId, ...body });
  };

  /** One of each type first, as the suite of CESMII takes them. */
  sample(most: number): readonly string[] {
    const firsts = new Map(
      this.objects.toReversed().map((one) => [textAt(one, "typeElementId"), one]),
    );
    const picked = new Set([
      ...this.objects.filter((one) => firsts.get(textAt(one, "typeElementId")) === one),
      ...this.objects,
    ]);
    return [...picked].slice(0, most).map((one) => textAt(one, "elementId"));
  }

  /** Something that is Good. */
  good(): readonly [elementId: string, vqt: unknown] {
    const found = [...this.values].find(([, vqt]) => valueAt(vqt, "quality") === "Good");
    assert.ok(found, "nothing is Good");
    return found;
  }

  composition(): string {
    const found = this.objects.find((one) => valueAt(one, "isComposition") === true);
    assert.ok(found, "there is no composition");
    return textAt(found, "elementId");
  }
}

export interface Edge {
  readonly from: string;
  readonly relationship: string;
  readonly to: string;
}

export interface Check {
  readonly id: string;
  readonly rule: string;
  readonly run: (found: Findings) => Promise<void>;
}

export function childrenOf(
  { edges }: Findings,
  id: string,
): { readonly own: readonly string[]; readonly all: readonly string[] } {
  const below = (parent: string): readonly string[] =>
    edges
      .filter(({ from, relationship }) => from === parent && relationship === "HasComponent")
      .map(({ to }) => to);
  const own = below(id);
  const all = own.flatMap((one): readonly string[] => [one, ...below(one)]);
  return { own: own.toSorted(), all: all.toSorted() };
}
