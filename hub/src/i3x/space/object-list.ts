/**
 * All objects as one answer, packed. What was written of some devices is kept until one of them is born anew, so that a
 * plant of a hundred thousand objects is written once, and then only what changed.
 */
import type { Sight } from "../../feed/index.ts";
import type { UnsPaths } from "../../uns/index.ts";
import { Breath } from "../breath.ts";
import { ByteText } from "../byte-text.ts";
import { detailOf } from "../envelope.ts";
import { gzipPart, joinParts, type GzipPart } from "../gzip-parts.ts";
import type { Adapters } from "./adapters.ts";
import type { AddressSpace } from "./address-space.ts";
import type { Element } from "./element.ts";
import type { Member, Members } from "./members.ts";
import type { ObjectJson } from "./object-json.ts";

export interface ObjectListOptions {
  readonly space: AddressSpace;
  readonly members: Members;
  readonly adapters: Adapters;
  readonly paths: Pick<UnsPaths, "size">;
  readonly json: ObjectJson;
  /** Objects in one answer. */
  readonly maxObjects: number;
}

/** An answer to `GET /objects`, as gzip. */
export interface PackedList {
  readonly gzip: Buffer;
  /** Another one has another number. */
  readonly revision: number;
  readonly isCut: boolean;
}

/** What was written of some devices. */
interface Segment {
  /** Of what it was made. */
  readonly print: string;
  readonly part: GzipPart;
  readonly count: number;
}

/** What is to be written. */
interface Written {
  /** `undefined` for the levels of the plant and what is of the hub. */
  readonly own: readonly Member[] | undefined;
  readonly sight: Sight;
  readonly hasMetadata: boolean;
  /** Objects that fit; left out: all. */
  readonly most?: number;
}

interface WrittenText {
  readonly text: ByteText;
  /** Of objects. */
  readonly count: number;
}

/** What is kept of one view of the plant. */
interface View {
  segments: readonly Segment[];
  list: PackedList | undefined;
  /** So that those who ask at the same time wait for the same. */
  building: Promise<PackedList> | undefined;
}

/** Devices that are written together. */
const TOGETHER = 32;
/** Parts that are packed at the same time. */
const MOST_PACKED = 4;
/** Views that are kept: by what may be seen, with metadata and without. */
const MOST_VIEWS = 8;

export class ObjectList {
  readonly #options: ObjectListOptions;
  readonly #views = new Map<string, View>();
  #revision = 0;

  constructor(options: ObjectListOptions) {
    this.#options = options;
  }

  /** Everything that somebody sees. */
  async packed(sight: Sight, hasMetadata: boolean): Promise<PackedList> {
    const view = this.#viewOf(`${hasMetadata} ${sight.key}`);
    view.building ??= this.#build(view, sight, hasMetadata).finally(() => {
      view.building = undefined;
    });
    return await view.building;
  }

  /** Objects one by one, only those that `isWanted`; takes turns of the event loop. */
  async texts(
    sight: Sight,
    { hasMetadata, isWanted }: { hasMetadata: boolean; isWanted: (element: Element) => boolean },
  ): Promise<{ readonly texts: readonly string[]; readonly isCut: boolean }> {
    const breath = new Breath();
    const texts: string[] = [];
    const elements = [...this.#upper(sight), ...(await this.#options.members.all())];
    for (const each of elements) {
      const found = "kind" in each ? [each] : this.#elementsOf(each, sight);
      for (const element of found) {
        if (breath.isOver) await breath.take();
        if (!isWanted(element)) continue;
        if (texts.length >= this.#options.maxObjects) return { texts, isCut: true };
        texts.push(this.#options.json.text(element, hasMetadata ? sight : undefined));
      }
    }
    return { texts, isCut: false };
  }

  #viewOf(key: string): View {
    const known = this.#views.get(key);
    const view = known ?? { segments: [], list: undefined, building: undefined };
    this.#views.delete(key);
    this.#views.set(key, view); // the last one that was asked for
    const [oldest] = this.#views.keys();
    if (this.#views.size > MOST_VIEWS && oldest !== undefined) this.#views.delete(oldest);
    return view;
  }

  async #build(view: View, sight: Sight, hasMetadata: boolean): Promise<PackedList> {
    const members = (await this.#options.members.all()).filter(({ row }) => sight.sees(row));
    const packing: Promise<Segment>[] = [];
    const breath = new Breath();
    for (let at = -1; at * TOGETHER < members.length; at += 1) {
      const own = at < 0 ? undefined : members.slice(at * TOGETHER, (at + 1) * TOGETHER);
      const known = view.segments[at + 1];
      const { version } = this.#options.adapters;
      const what = own === undefined ? `${this.#options.paths.size}` : this.#printOf(own);
      const print = `${version} ${what}`;
      if (known?.print === print) packing.push(Promise.resolve(known));
      else packing.push(this.#packed(await this.#write({ own, sight, hasMetadata }), print));
      await packing.at(-MOST_PACKED); // what is written must not wait in memory without end
      if (breath.isOver) await breath.take();
    }
    const segments = await Promise.all(packing);
    const isSame =
      segments.length === view.segments.length &&
      segments.every((segment, index) => segment === view.segments[index]);
    view.segments = segments;
    if (!isSame || view.list === undefined)
      view.list = await this.#join(segments, members, { sight, hasMetadata });
    return view.list;
  }

  /** What changes when something that is written of these devices does. */
  #printOf(members: readonly Member[]): string {
    const { paths } = this.#options;
    return members
      .map(({ row, version, session, place }) => {
        const devices = place.member.deviceId === undefined ? (session?.devices.size ?? 0) : 0;
        return `${row}.${version}.${devices}.${place.isNested ? paths.size : 0}`;
      })
      .join(" ");
  }

  /** Other threads pack, while the next ones are written. */
  async #packed({ text, count }: WrittenText, print: string): Promise<Segment> {
    return { print, count, part: await gzipPart(text.bytes) };
  }

  /** Objects with commas between them, as many as fit. */
  async #write({ own, sight, hasMetadata, most = Infinity }: Written): Promise<WrittenText> {
    const text = new ByteText();
    const breath = new Breath();
    let count = 0;
    for (const elements of own?.map((member) => this.#elementsOf(member, sight)) ?? [
      this.#upper(sight),
    ]) {
      for (const element of elements) {
        if (count >= most) return { text, count };
        if (count > 0) text.push(",");
        text.push(this.#options.json.text(element, hasMetadata ? sight : undefined));
        count += 1;
        if (breath.isOver) await breath.take();
      }
    }
    return { text, count };
  }

  async #join(
    segments: readonly Segment[],
    members: readonly Member[],
    view: { readonly sight: Sight; readonly hasMetadata: boolean },
  ): Promise<PackedList> {
    const { maxObjects } = this.#options;
    const comma = await gzipPart(",");
    const parts = [await gzipPart('{"success":true,"result":[')];
    let count = 0;
    for (const [at, segment] of segments.entries()) {
      if (segment.count === 0) continue;
      if (count >= maxObjects) break;
      const isWhole = count + segment.count <= maxObjects;
      if (count > 0) parts.push(comma);
      parts.push(
        isWhole
          ? segment.part
          : await this.#begin(members, { at, most: maxObjects - count, ...view }),
      );
      count += segment.count;
    }
    const isCut = segments.reduce((sum, segment) => sum + segment.count, 0) > maxObjects;
    const detail = detailOf(206, cutAt(maxObjects));
    parts.push(await gzipPart(isCut ? `],"responseDetail":${JSON.stringify(detail)}}` : "]}"));
    this.#revision += 1;
    return { gzip: joinParts(parts), revision: this.#revision, isCut };
  }

  /** The first objects of a segment that does not fit as a whole. */
  async #begin(
    members: readonly Member[],
    { at, ...view }: Omit<Written, "own"> & { readonly at: number },
  ): Promise<GzipPart> {
    const own = at === 0 ? undefined : members.slice((at - 1) * TOGETHER, at * TOGETHER);
    const { text } = await this.#write({ own, ...view });
    return await gzipPart(text.bytes);
  }

  *#upper(sight: Sight): Generator<Element> {
    const { space } = this.#options;
    for (const place of space.places()) if (space.sees(place, sight)) yield place;
    for (const element of space.adapters()) if (space.sees(element, sight)) yield element;
  }

  /** A device, its metrics and their parts. */
  *#elementsOf(member: Member, sight: Sight): Generator<Element> {
    const { space } = this.#options;
    const element = space.member(member);
    if (!space.sees(element, sight)) return;
    yield element;
    for (const component of space.componentsWithin(element, 0)) {
      if (space.sees(component, sight)) yield component;
    }
  }
}

export function cutAt(maxObjects: number): string {
  return `more than ${maxObjects} objects (i3x.maxObjects): ask for one type, or begin with the roots`;
}
