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
import type { Member, Members } from "./members.ts";
import {
  ObjectTexts,
  type Look,
  type ObjectsText,
  type ObjectTextsOptions,
} from "./object-texts.ts";

export interface ObjectListOptions extends ObjectTextsOptions {
  readonly members: Members;
  readonly adapters: Adapters;
  readonly paths: Pick<UnsPaths, "size">;
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
interface Written extends Look {
  /** `undefined` for the levels of the plant and what is of the hub. */
  readonly own: readonly Member[] | undefined;
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
  readonly #texts: ObjectTexts;
  readonly #views = new Map<string, View>();
  #revision = 0;

  constructor(options: ObjectListOptions) {
    this.#options = options;
    this.#texts = new ObjectTexts(options);
  }

  /** Everything that somebody sees. */
  async packed(sight: Sight, hasMetadata: boolean): Promise<PackedList> {
    const view = this.#viewOf(`${hasMetadata} ${sight.key}`);
    view.building ??= this.#build(view, { sight, hasMetadata }).finally(() => {
      view.building = undefined;
    });
    return await view.building;
  }

  /** Those of one type, as JSON text; takes turns of the event loop. */
  async ofType(
    typeId: string,
    look: Look,
  ): Promise<{ readonly texts: readonly string[]; readonly isCut: boolean }> {
    const breath = new Breath();
    const texts: string[] = [];
    const room = { left: this.#options.maxObjects };
    const bounded = { ...look, typeId, room };
    const upper = this.#texts.each(this.#texts.upper(look.sight), bounded);
    for (const member of [undefined, ...(await this.#options.members.all())]) {
      const found = member === undefined ? upper : this.#texts.ofMember(member, bounded);
      for (const { text, count } of found) {
        if (room.left === 0) return { texts, isCut: true };
        texts.push(text);
        room.left -= count;
        if (breath.isOver) await breath.take();
      }
      if (breath.isOver) await breath.take();
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

  async #build(view: View, look: Look): Promise<PackedList> {
    const all = await this.#options.members.all();
    const members = all.filter(({ row }) => look.sight.sees(row));
    const packing: Promise<Segment>[] = [];
    const spare: ByteText[] = [];
    const breath = new Breath();
    for (let at = -1; at * TOGETHER < members.length; at += 1) {
      const own = at < 0 ? undefined : members.slice(at * TOGETHER, (at + 1) * TOGETHER);
      const known = view.segments[at + 1];
      const { version } = this.#options.adapters;
      const what = own === undefined ? `${this.#options.paths.size}` : this.#printOf(own);
      const print = `${version} ${what}`;
      if (known?.print === print) packing.push(Promise.resolve(known));
      else {
        const written = await this.#write({ own, ...look }, spare.pop());
        packing.push(this.#packed(written, print, spare));
      }
      await packing.at(-MOST_PACKED); // what is written must not wait in memory without end
      if (breath.isOver) await breath.take();
    }
    const segments = await Promise.all(packing);
    const isSame =
      segments.length === view.segments.length &&
      segments.every((segment, index) => segment === view.segments[index]);
    view.segments = segments;
    if (!isSame || view.list === undefined) view.list = await this.#join(segments, members, look);
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

  /** Other threads pack, while the next ones are written; then its room is free again. */
  async #packed({ text, count }: WrittenText, print: string, spare: ByteText[]): Promise<Segment> {
    const part = await gzipPart(text.bytes);
    spare.push(text);
    return { print, count, part };
  }

  /** Objects with commas between them, as many as fit. */
  async #write({ own, most, ...look }: Written, room?: ByteText): Promise<WrittenText> {
    const text = room ?? new ByteText();
    const breath = new Breath();
    let count = 0;
    text.clear();
    for (const found of this.#written(own, look, most)) {
      if (count >= (most ?? Infinity)) break;
      if (count > 0) text.push(",");
      text.push(found.text);
      count += found.count;
      if (breath.isOver) await breath.take();
    }
    return { text, count };
  }

  /** One by one where only so many may be. */
  *#written(
    own: readonly Member[] | undefined,
    look: Look,
    most: number | undefined,
  ): Generator<ObjectsText> {
    const { sight } = look;
    if (own === undefined) return yield* this.#texts.each(this.#texts.upper(sight), look);
    for (const member of own) {
      if (most === undefined) yield* this.#texts.ofMember(member, look);
      else yield* this.#texts.each(this.#texts.elementsOf(member, sight), look);
    }
  }

  async #join(
    segments: readonly Segment[],
    members: readonly Member[],
    look: Look,
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
          : await this.#begin(members, { at, most: maxObjects - count, ...look }),
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
    { at, ...rest }: Omit<Written, "own"> & { readonly at: number },
  ): Promise<GzipPart> {
    const own = at === 0 ? undefined : members.slice((at - 1) * TOGETHER, at * TOGETHER);
    const { text } = await this.#write({ own, ...rest });
    return await gzipPart(text.bytes);
  }
}

export function cutAt(maxObjects: number): string {
  return `more than ${maxObjects} objects (i3x.maxObjects): ask for one type, or begin with the roots`;
}
