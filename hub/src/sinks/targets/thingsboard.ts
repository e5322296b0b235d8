/**
 * ThingsBoard, as a gateway: each device of the plant is one there. Telemetry has no quality, so only good values are
 * telemetry; that a device is gone is told by `disconnect` and its attribute `online`.
 */
import type { SinkOf } from "../config/index.ts";
import { sourcePath } from "../describe.ts";
import { contentText } from "../payload.ts";
import type { RecordSubject, SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";
import { AskedLately } from "./asked-lately.ts";
import { BegunRequests } from "./begun-requests.ts";
import type { TargetRooms } from "./index.ts";
import { connectMqtt, publishAll, type MqttConnection, type Outgoing } from "./mqtt-client.ts";
import { hearRpc, type RpcOutcome } from "./thingsboard-rpc.ts";

type Config = SinkOf<"thingsboard">;

interface Memory {
  readonly teller: GatewayTeller;
  readonly begun: BegunRequests;
  readonly lately: AskedLately<RpcOutcome>;
}

const GATEWAY = "v1/gateway";
/** ThingsBoard takes 64 KiB as it is installed. */
const MOST_BYTES = 60_000;

/** What each sink has told, and what it was asked: a new connection begins with it. */
const memories = new WeakMap<Config, Memory>();

export async function openThingsboard(
  config: Config,
  { hubId, ...rooms }: Omit<TargetRooms, "tree">,
): Promise<Target> {
  const connection = await connectMqtt(config.url, {
    clientId: `unshub-${hubId}-${config.name}`,
    username: config.token.read(),
    protocolVersion: 4,
    connectTimeout: config.timeout,
  });
  const memory = memories.get(config) ?? newMemory(rooms);
  memories.set(config, memory);
  const { teller, ...asked } = memory;
  const target = new ThingsboardTarget(connection, teller);
  try {
    if (config.rpc !== undefined)
      await hearRpc(connection, {
        ...rooms,
        ...config.rpc,
        url: config.url,
        name: config.name,
        ...asked,
        sourceOf: (device, metric) => teller.sourceOf(device, metric),
      });
    await publishAll(connection, teller.again(), AbortSignal.timeout(config.timeout));
    return target;
  } catch (error) {
    await target.close();
    throw error;
  }
}

function newMemory({ fileOf, now }: Pick<TargetRooms, "fileOf" | "now">): Memory {
  const begun = new BegunRequests(fileOf("rpc.json"), now);
  const lately = new AskedLately<RpcOutcome>(
    () => performance.now(),
    (key) => void begun.end(key), // never rejects
  );
  return { teller: new GatewayTeller(), begun, lately };
}

class ThingsboardTarget implements Target {
  readonly #connection: MqttConnection;
  readonly #teller: GatewayTeller;

  constructor(connection: MqttConnection, teller: GatewayTeller) {
    this.#connection = connection;
    this.#teller = teller;
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    await publishAll(this.#connection, this.#teller.messages(records), signal);
  }

  attend(): void {
    if (!this.#connection.client.connected) throw new Error("the connection was lost");
  }

  async close(): Promise<void> {
    await this.#connection.client.endAsync(true);
  }
}

/** What is said of rows, in their order; it remembers which devices are there. */
export class GatewayTeller {
  readonly #connected = new Set<string>();
  /** As far as this connection has told them. */
  readonly #units = new Map<string, string | undefined>();
  /** Of which metric a value was told, by its path. */
  readonly #known = new Map<string, RecordSubject>();
  /** Of whom this connection has told that they are not there. */
  readonly #gone = new Set<string>();
  /** What takes back what was noted of the rows at hand, the last first. */
  #undo: (() => void)[] = [];

  /** Where in the tree the metric stands that was told as one of a device; `undefined`: none was. */
  sourceOf(device: string, metric: string): string | undefined {
    const subject = this.#known.get(`${device}/${metric}`);
    // That of another device may have the same path: `a/b` of `c` and `b` of `c/a`.
    if (subject?.place !== device) return undefined;
    return sourcePath({ ...subject, name: subject.metric });
  }

  /** What a new connection says first: the devices that are there. */
  again(): readonly Outgoing[] {
    this.#units.clear();
    this.#gone.clear(); // that of the connection before may not have arrived, and its rows come again
    return [...this.#connected].flatMap(connected);
  }

  /** @throws {Refused} for rows that are too large: then nothing was said, and nothing of them is noted. */
  messages(records: readonly SinkRecord[]): readonly Outgoing[] {
    try {
      return this.#said(records);
    } catch (error) {
      for (const undo of this.#undo.toReversed()) undo();
      throw error;
    } finally {
      this.#undo = [];
    }
  }

  #said(records: readonly SinkRecord[]): readonly Outgoing[] {
    const said: Outgoing[] = [];
    let telemetry = new Telemetry();
    const flush = (): void => {
      said.push(...telemetry.messages());
      telemetry = new Telemetry();
    };
    for (const record of records) {
      const news = this.#newsOf(record);
      if (news.length > 0) {
        flush(); // a device connects before it says something, and not later
        said.push(...news);
      }
      if (isTelemetry(record)) telemetry.add(record);
    }
    flush();
    return said;
  }

  #newsOf(record: SinkRecord): readonly Outgoing[] {
    const { subject, quality } = record;
    const device = subject.place;
    if (quality === "offline") return this.#goneNews(device);
    const news: Outgoing[] = [];
    if (!this.#connected.has(device)) {
      this.#note(this.#connected, device, true);
      this.#note(this.#gone, device, false);
      news.push(...connected(device));
    }
    const known = this.#known.get(subject.path);
    this.#known.set(subject.path, subject);
    this.#undo.push(() =>
      known === undefined ? this.#known.delete(subject.path) : this.#known.set(subject.path, known),
    );
    const unit = this.#units.get(subject.path);
    if (unit !== subject.unit) {
      this.#units.set(subject.path, subject.unit);
      this.#undo.push(() => this.#units.set(subject.path, unit));
      news.push(attributes(device, { [`${nameOf(subject)}.unit`]: subject.unit ?? "" }));
    }
    return news;
  }

  #goneNews(device: string): readonly Outgoing[] {
    if (this.#gone.has(device)) return [];
    const first = this.#connected.has(device) ? [] : [connect(device)];
    this.#note(this.#gone, device, true);
    this.#note(this.#connected, device, false);
    const news = [attributes(device, { online: false }), message("disconnect", { device })];
    return [...first, ...news];
  }

  #note(devices: Set<string>, device: string, isIn: boolean): void {
    if (devices.has(device) === isIn) return;
    const put = (there: boolean): unknown => (there ? devices.add(device) : devices.delete(device));
    put(isIn);
    this.#undo.push(() => put(!isIn));
  }
}

function connected(device: string): readonly Outgoing[] {
  return [connect(device), attributes(device, { online: true })];
}

function connect(device: string): Outgoing {
  return message("connect", { device, type: "UNS" });
}

/** Below its device; JSON wants no other form. */
function nameOf({ path, place }: RecordSubject): string {
  return path.slice(place.length + 1);
}

function isTelemetry({ quality, content }: SinkRecord): boolean {
  return quality === "good" && content.kind !== "none";
}

/** Values by device and time, as few messages as there may be. */
class Telemetry {
  readonly #devices = new Map<string, Map<number, Map<string, string>>>();

  add({ subject, time, content }: SinkRecord): void {
    const times = this.#devices.get(subject.place) ?? new Map<number, Map<string, string>>();
    const values = times.get(time) ?? new Map<string, string>();
    values.set(nameOf(subject), contentText(content));
    times.set(time, values);
    this.#devices.set(subject.place, times);
  }

  messages(): readonly Outgoing[] {
    return Array.from(this.#devices).flatMap(([device, times]) => {
      const points = Array.from(times, ([ts, values]) => {
        const members = Array.from(values, ([name, text]) => `${JSON.stringify(name)}:${text}`);
        return `{"ts":${ts},"values":{${members.join(",")}}}`;
      });
      const head = JSON.stringify(device);
      return portions(points).map((texts) => ({
        topic: `${GATEWAY}/telemetry`,
        payload: `{${head}:[${texts.join(",")}]}`,
        retain: false,
      }));
    });
  }
}

function portions(points: readonly string[]): readonly (readonly string[])[] {
  const made: string[][] = [[]];
  let bytes = 0;
  for (const point of points) {
    const size = Buffer.byteLength(point) + 1;
    if (size > MOST_BYTES) throw new Refused(`${size} bytes are more than ThingsBoard takes`);
    if (bytes + size > MOST_BYTES) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1)?.push(point);
    bytes += size;
  }
  return made;
}

function message(what: string, content: object): Outgoing {
  return { topic: `${GATEWAY}/${what}`, payload: JSON.stringify(content), retain: false };
}

function attributes(device: string, values: Readonly<Record<string, string | boolean>>): Outgoing {
  return message("attributes", { [device]: values });
}
