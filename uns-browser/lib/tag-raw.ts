/**
 * What the values of the tags on screen were made of: asked for again and again as long as somebody looks, and of these
 * alone, since the adapter keeps it for nobody else.
 */
import { adapterTexts as words } from "./adapter-texts.ts";
import { agreedSpan } from "./agreed-text.ts";
import type { Granted } from "./agreements.ts";
import { askHub, isRecord, type SendLike } from "./hub-request.ts";
import { listOf, numberOf, textOf, type Json } from "./json-parts.ts";
import { createSignal, type Signal } from "./signal.ts";
import { adapterUrl, tagNowIn, type TagNow } from "./tags.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export interface TagRaw {
  /** Bytes in hex, or the value as a server sent it. */
  readonly raw: string;
  /** As the server names it. */
  readonly type: string | null;
  readonly status: { readonly code: number; readonly name: string } | null;
  /** In ms. */
  readonly sampling: Granted | null;
  readonly publishing: Granted | null;
  /** What it made; `null`: it was never born. */
  readonly now: TagNow | null;
}

/** By the name of the tag; of the others nothing came yet. */
export type TagRaws = ReadonlyMap<string, TagRaw>;

export interface TagRawWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
  /** Whether anybody can see the page. */
  isSeen(): boolean;
}

export interface TagRawWatch {
  readonly raws: Signal<TagRaws>;
  /** Which tags are on screen. */
  look(names: readonly string[]): void;
  stop(): void;
}

const EVERY_MS = 1000;
/** While somebody scrolls it is asked once, not at each step. */
const SOON_MS = 100;
/** What the hub takes at once. */
const MOST_TAGS = 200;
const NOTHING: TagRaws = new Map();

export function createTagRawWatch(
  world: TagRawWorld,
  place: { readonly adapter: string; readonly device: string },
): TagRawWatch {
  return new Watch(world, place);
}

class Watch implements TagRawWatch {
  readonly raws = createSignal<TagRaws>(NOTHING);
  readonly #world: TagRawWorld;
  readonly #url: string;
  readonly #device: string;
  #names: readonly string[] = [];
  #cancel = nothingToStop;
  #isOpen = true;

  constructor(
    world: TagRawWorld,
    { adapter, device }: { readonly adapter: string; readonly device: string },
  ) {
    this.#world = world;
    this.#url = `${adapterUrl(adapter)}/raw`;
    this.#device = device;
  }

  look(names: readonly string[]): void {
    if (names.length === this.#names.length && names.every((name, at) => name === this.#names[at]))
      return;
    this.#names = names.slice(0, MOST_TAGS);
    this.#again(SOON_MS);
  }

  stop(): void {
    this.#isOpen = false;
    this.#cancel();
  }

  async #ask(): Promise<void> {
    const tags = this.#names;
    if (tags.length === 0) return;
    this.#again(EVERY_MS); // also when no answer comes
    if (!this.#world.isSeen()) return;
    const answer = await askHub(this.#world.send, "POST", this.#url, {
      device: this.#device,
      tags,
    });
    if (!this.#isOpen) return;
    // Without the hub the last ones stay, as the values do; a device that cannot tell has none.
    if (answer.kind === "done") this.raws.set(parseRaws(answer.value));
    else if (answer.kind !== "unreachable") this.raws.set(NOTHING);
  }

  #again(afterMs: number): void {
    this.#cancel();
    if (this.#isOpen) this.#cancel = this.#world.timer(afterMs, () => void this.#ask());
  }
}

function parseRaws(value: unknown): TagRaws {
  return new Map(
    listOf(isRecord(value) ? value["raws"] : null).flatMap((json) => {
      const [tag, raw] = [textOf(json["tag"]), textOf(json["raw"])];
      if (tag === null || raw === null) return [];
      const type = textOf(json["type"]);
      const { status, sampling, publishing } = json;
      const spans = { sampling: spanIn(sampling), publishing: spanIn(publishing) };
      const now = tagNowIn(json["now"]);
      return [[tag, { raw, type, status: statusIn(status), ...spans, now }] as const];
    }),
  );
}

function statusIn(json: unknown): TagRaw["status"] {
  if (!isRecord(json)) return null;
  const [code, name] = [numberOf(json["code"]), textOf(json["name"])];
  return code === null || name === null ? null : { code, name };
}

function spanIn(json: Json[string]): Granted | null {
  if (!isRecord(json)) return null;
  const [asked, granted] = [numberOf(json["askedMs"]), numberOf(json["grantedMs"])];
  return asked === null || granted === null ? null : { asked, granted };
}

/** What a status code of OPC UA means, in a sentence with its name. */
export function statusSentence(name: string): string {
  const { status } = words.raw;
  const known: Readonly<Record<string, string>> = status.known;
  const means = known[name] ?? status[severityOf(name)];
  return status.named(name, means);
}

function severityOf(name: string): "good" | "uncertain" | "bad" {
  if (name.startsWith("Good")) return "good";
  return name.startsWith("Uncertain") ? "uncertain" : "bad";
}

/** All that is known of it beside what stands in its cell. */
export function rawSentence({ type, status, sampling, publishing }: TagRaw): string {
  const said = words.raw;
  const parts = [
    type === null ? "" : said.type(type),
    status === null ? "" : statusSentence(status.name),
    sampling === null ? "" : said.sampling(agreedSpan(sampling)),
    publishing === null ? "" : said.publishing(agreedSpan(publishing)),
  ];
  return parts.filter((part) => part !== "").join(" ");
}
