/** What there is, as JSON texts: the metrics of a device many at a time, all else one by one. */
import type { Sight } from "../../feed/index.ts";
import type { AddressSpace } from "./address-space.ts";
import type { Element } from "./element.ts";
import { seesMetrics, type Member } from "./members.ts";
import type { ObjectJson } from "./object-json.ts";

/** How it is looked at. */
export interface Look {
  readonly sight: Sight;
  readonly hasMetadata: boolean;
  /** Left out: objects of any type. */
  readonly typeId?: string;
  /** How many objects still fit; left out: all. */
  readonly room?: { readonly left: number };
}

/** Objects with commas between them. */
export interface ObjectsText {
  readonly text: string;
  readonly count: number;
}

export interface ObjectTextsOptions {
  readonly space: AddressSpace;
  readonly json: ObjectJson;
}

/** Metrics that are written between two looks at the clock, about 30 KiB. */
const MOST_TOGETHER = 64;

export class ObjectTexts {
  readonly #options: ObjectTextsOptions;

  constructor(options: ObjectTextsOptions) {
    this.#options = options;
  }

  /** The levels of the plant, and what is of the hub. */
  *upper(sight: Sight): Generator<Element> {
    const { space } = this.#options;
    for (const place of space.places()) if (space.sees(place, sight)) yield place;
    for (const element of space.adapters()) if (space.sees(element, sight)) yield element;
  }

  /** A device, its metrics and their parts. */
  *elementsOf(member: Member, sight: Sight): Generator<Element> {
    const { space } = this.#options;
    const element = space.member(member);
    if (!space.sees(element, sight)) return;
    yield element;
    for (const component of space.componentsWithin(element, 0)) {
      if (space.sees(component, sight)) yield component;
    }
  }

  /** One by one. */
  *each(elements: Iterable<Element>, look: Look): Generator<ObjectsText> {
    const { json } = this.#options;
    for (const element of elements) {
      if (look.typeId !== undefined && json.typeOf(element) !== look.typeId) continue;
      yield { text: json.text(element, look.hasMetadata ? look.sight : undefined), count: 1 };
    }
  }

  /** As `elementsOf`, in an order of its own: many at a time where nothing can have another path than its device says. */
  *ofMember(member: Member, look: Look): Generator<ObjectsText> {
    const { space } = this.#options;
    if (member.place.isNested) return yield* this.each(this.elementsOf(member, look.sight), look);
    const element = space.member(member);
    if (!space.sees(element, look.sight)) return;
    yield* this.each([element], look);
    if (!seesMetrics(member, look.sight)) return;
    yield* this.#plain(member, look);
    for (const id of member.templates) {
      const template = space.metric(id);
      yield* this.each([template], look);
      yield* this.each(space.componentsWithin(template, 0), look);
    }
  }

  *#plain(member: Member, { hasMetadata, typeId, room }: Look): Generator<ObjectsText> {
    const { json } = this.#options;
    const plain = plainOf(member);
    const wanted =
      typeId === undefined ? plain : plain.filter((id) => json.typeOfMetric(id) === typeId);
    for (let from = 0; from < wanted.length;) {
      const most = Math.min(MOST_TOGETHER, Math.max(1, room?.left ?? Infinity));
      const ids = wanted.subarray(from, from + most);
      yield { text: json.metricTexts(member, ids, hasMetadata), count: ids.length };
      from += most;
    }
  }
}

/** Metrics that are no templates. */
function plainOf({ metrics, templates }: Member): Int32Array {
  if (templates.length === 0) return metrics;
  const odd = new Set(templates);
  return metrics.filter((id) => !odd.has(id));
}
