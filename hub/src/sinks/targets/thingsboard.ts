/**
 * ThingsBoard, as a gateway: each device of the plant is one there. Telemetry has no quality, so only good values are
 * telemetry; that a device is gone is told by `disconnect` and its attribute `online`.
 */
import type { SinkOf } from "../config/index.ts";
import { contentText } from "../payload.ts";
import type { RecordSubject, SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";
import { connectMqtt, publishAll, type MqttConnection, type Outgoing } from "./mqtt-client.ts";

type Config = SinkOf<"thingsboard">;

const GATEWAY = "v1/gateway";
/** ThingsBoard takes 64 KiB as it is installed. */
const MOST_BYTES = 60_000;

export async function openThingsboard(config: Config, hubId: string): Promise<Target> {
  const connection = await connectMqtt(config.url, {
    clientId: `unshub-${hubId}-${config.name}`,
    username: config.token.read(),
    protocolVersion: 4,
    connectTimeout: config.timeout,
  });
  return new ThingsboardTarget(connection);
}

class ThingsboardTarget implements Target {
  readonly #connection: MqttConnection;
  readonly #teller = new GatewayTeller();

  constructor(connection: MqttConnection) {
    this.#connection = connection;
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    await publishAll(this.#connection, this.#teller.messages(records), signal);
  }

  async close(): Promise<void> {
    await this.#connection.client.endAsync(true);
  }
}

/** What is said of rows, in their order; it remembers which devices of this connection are there. */
export class GatewayTeller {
  readonly #connected = new Set<string>();
  readonly #units = new Map<string, string | undefined>();

  /** @throws {Refused} for a single row that is too large. */
  messages(records: readonly SinkRecord[]): readonly Outgoing[] {
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
    if (quality === "offline") {
      if (!this.#connected.delete(device)) return [];
      return [attributes(device, { online: false }), message("disconnect", { device })];
    }
    const news: Outgoing[] = [];
    if (!this.#connected.has(device)) {
      this.#connected.add(device);
      news.push(message("connect", { device, type: "UNS" }), attributes(device, { online: true }));
    }
    if (this.#units.get(subject.path) !== subject.unit) {
      this.#units.set(subject.path, subject.unit);
      news.push(attributes(device, { [`${nameOf(subject)}.unit`]: subject.unit ?? "" }));
    }
    return news;
  }
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
