/** NATS JetStream: one subject a metric; a message that is written twice within the stream's window is kept once. */
import {
  jetstream,
  jetstreamManager,
  JetStreamApiError,
  type JetStreamClient,
} from "@nats-io/jetstream";
import { connect, headers, RequestError, type NatsConnection } from "@nats-io/transport-node";
import type { SinkOf } from "../config/index.ts";
import { valuePayload } from "../payload.ts";
import type { SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";

type Config = SinkOf<"nats">;

/** Messages on their way; forming more at a time would hold the main thread. */
const WINDOW = 64;
/** The server reads lines of 4096 bytes, in which two subjects stand. */
const MOST_SUBJECT = 3000;
const NO_STREAM = 10_059;

export async function openNats(config: Config, hubId: string): Promise<Target> {
  const { url, user, password, token, name, timeout } = config;
  const connection = await connect({
    servers: url,
    name: `unshub ${hubId} ${name}`,
    reconnect: false,
    timeout,
    ...(user !== undefined && { user, pass: password?.read() ?? "" }),
    ...(token !== undefined && { token: token.read() }),
  });
  try {
    await makeStream(connection, config);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return new NatsTarget(connection, config);
}

async function makeStream(connection: NatsConnection, { stream, subject }: Config): Promise<void> {
  const { streams } = await jetstreamManager(connection);
  try {
    await streams.info(stream);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NO_STREAM) throw error;
    await streams.add({ name: stream, subjects: [`${subject}.>`] });
  }
}

class NatsTarget implements Target {
  readonly #connection: NatsConnection;
  readonly #stream: JetStreamClient;
  readonly #config: Config;

  constructor(connection: NatsConnection, config: Config) {
    this.#connection = connection;
    this.#stream = jetstream(connection);
    this.#config = config;
  }

  async write(records: readonly SinkRecord[]): Promise<void> {
    const waiting = records.values();
    let hasFailed = false;
    const publishSome = async (): Promise<void> => {
      for (const record of waiting) {
        if (hasFailed) return; // the others of this batch are written again, too
        await this.#publish(record).catch((error: unknown) => {
          hasFailed = true;
          throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: WINDOW }, publishSome));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #publish(record: SinkRecord): Promise<void> {
    const { subject: prefix, timeout, stream } = this.#config;
    const subject = subjectOf(record, prefix);
    const payload = valuePayload(record);
    const most = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const size = Buffer.byteLength(payload);
    if (size > most) throw new Refused(`${size} bytes are more than the server takes (${most})`);
    if (Buffer.byteLength(subject) > MOST_SUBJECT) throw new Refused("its subject is too long");
    const options = { msgID: idOf(record), headers: headersOf(record), timeout };
    try {
      await this.#stream.publish(subject, payload, {
        ...options,
        expect: { streamName: stream },
      });
    } catch (error) {
      if (error instanceof RequestError && error.isNoResponders()) {
        throw new Error(`no stream takes ${prefix}.>`, { cause: error });
      }
      throw error;
    }
  }
}

/** The offset too: two values of one millisecond are two. */
function idOf({ subject, time, offset }: SinkRecord): string {
  return `${subject.path}@${time}#${offset}`;
}

/** `uns.acme.dallas.press-01.Pressure`; what a subject cannot have is written as `%2E`. */
export function subjectOf({ subject: { path } }: SinkRecord, prefix: string): string {
  const levels = path.split("/").map((level) => (level === "" ? "%20" : escaped(level)));
  return `${prefix}.${levels.join(".")}`;
}

function escaped(level: string): string {
  return level.replaceAll(
    /[.*>\s\0]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function headersOf({ datatype, subject: { unit, groupId, edgeNodeId, deviceId } }: SinkRecord) {
  const made = headers();
  if (datatype !== undefined) made.set("datatype", datatype);
  if (unit !== undefined) made.set("unit", unit.replaceAll(/[\r\n]/g, " "));
  const source = [groupId, edgeNodeId, deviceId].filter((part) => part !== "").join("/");
  made.set("source", `spBv1.0/${source}`);
  return made;
}
