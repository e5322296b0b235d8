/** What is found wrong with a device or its edge node, for the topic that stands beside its metrics. */
import type { Place, UnsPaths } from "../paths.ts";
import { memberDescriptor } from "../placement/index.ts";

/** As much of a finding as is told there; the guard and this room make them. */
export interface FoundThere {
  readonly code: string;
  readonly title: string;
  readonly clientId: string;
  /** `edge node Plant1/gw`, `device Plant1/gw/press`, or of somebody else. */
  readonly subject: string;
  readonly topic: string;
  readonly because: string;
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A finding below a level of the plant. */
export interface FoundBelow extends FoundThere {
  /** Where the device stands that it is about; of an edge node one of its devices. */
  readonly path: string;
}

export interface ViolationsOptions {
  readonly paths: UnsPaths;
  /** All that was found since then. */
  readonly found: (since: number) => readonly FoundThere[];
}

/** So long what was gathered is used again: many devices are asked for together. */
const FRESH_MS = 250;

export class Violations {
  readonly #options: ViolationsOptions;
  /** By group and edge node. */
  #byNode: ReadonlyMap<string, readonly FoundThere[]> = new Map();
  #placesOf: ReadonlyMap<string, readonly Place[]> = new Map();
  #gatheredAt = Number.NEGATIVE_INFINITY;
  /** What was told of, and how often it had been found then. */
  readonly #told = new Map<string, number>();
  #since = 0;

  constructor(options: ViolationsOptions) {
    this.#options = options;
  }

  /** Of a device: also those of its edge node, but not those of another device. */
  of(place: Place): readonly FoundThere[] {
    if (performance.now() - this.#gatheredAt > FRESH_MS) this.#gather();
    const found = this.#byNode.get(nodeOf(place)) ?? [];
    return found.filter((one) => concerns(one, place));
  }

  /** Of all that stand below a path and are told of, each once, with where it is. */
  below(path: string, isTold: (place: Place) => boolean): readonly FoundBelow[] {
    if (performance.now() - this.#gatheredAt > FRESH_MS) this.#gather();
    const top = `${path}/`;
    return [...this.#byNode].flatMap(([node, found]) => {
      const places = this.#placesOf.get(node) ?? [];
      const byDevice = new Map(
        places
          .filter((place) => place.path.startsWith(top) && isTold(place))
          .map((place) => [place.member.deviceId ?? "", place.path]),
      );
      return byDevice.size === 0 ? [] : found.flatMap((one) => foundAt(one, byDevice));
    });
  }

  /** The rows of those about whom there is news since it was asked last. */
  takeChanged(): readonly number[] {
    const news = this.#options.found(this.#since).filter((one) => this.#isNews(one));
    if (news.length === 0) return [];
    this.#since = Math.max(this.#since, ...news.map(({ lastAt }) => lastAt));
    this.#gather();
    return Array.from(this.#options.paths.all()).flatMap((place) =>
      news.some((one) => nodeNamed(one) === nodeOf(place) && concerns(one, place))
        ? [place.row]
        : [],
    );
  }

  #isNews({ code, clientId, count }: FoundThere): boolean {
    const key = JSON.stringify([code, clientId]);
    const isSame = this.#told.get(key) === count;
    this.#told.set(key, count);
    return !isSame;
  }

  #gather(): void {
    this.#byNode = Map.groupBy(this.#options.found(0), (one) => nodeNamed(one) ?? "");
    this.#placesOf = Map.groupBy(this.#options.paths.all(), nodeOf);
    this.#gatheredAt = performance.now();
  }
}

function nodeOf({ member: { groupId, edgeNodeId } }: Place): string {
  return `${groupId}/${edgeNodeId}`;
}

const SUBJECT = /^(?:edge node|device) ([^/]+\/[^/]+)/;

function nodeNamed({ subject }: FoundThere): string | undefined {
  return SUBJECT.exec(subject)?.[1];
}

const DEVICE_TOPIC = /^spBv1\.0\/[^/]+\/D[A-Z]+\/[^/]+\/([^/]+)$/;

/** Whether something that is found at an edge node is about this device of it, or about the edge node itself. */
function concerns({ subject, topic }: FoundThere, { member }: Place): boolean {
  if (subject.startsWith("device ")) {
    const name = `device ${memberDescriptor(member)}`;
    return subject === name || subject.startsWith(`${name} `); // the device, or a metric of it
  }
  const device = DEVICE_TOPIC.exec(topic)?.[1];
  return member.deviceId === undefined || device === undefined || device === member.deviceId;
}

/** Where a finding is, of the devices of its edge node that count. */
function foundAt(one: FoundThere, byDevice: ReadonlyMap<string, string>): readonly FoundBelow[] {
  const device = deviceNamed(one, byDevice);
  const path = device === undefined ? [...byDevice.values()][0] : byDevice.get(device);
  return path === undefined ? [] : [{ ...one, path }];
}

const DEVICE_SUBJECT = /^device [^/]+\/[^/]+\/(.*)$/;

/** The device that a finding is about; `undefined`: its edge node. A metric may stand behind its name. */
function deviceNamed(
  { subject, topic }: FoundThere,
  known: ReadonlyMap<string, string>,
): string | undefined {
  const named = DEVICE_SUBJECT.exec(subject)?.[1];
  if (named === undefined) return DEVICE_TOPIC.exec(topic)?.[1];
  let name = named;
  while (!known.has(name) && name.includes(" ")) name = name.slice(0, name.lastIndexOf(" "));
  return name;
}
