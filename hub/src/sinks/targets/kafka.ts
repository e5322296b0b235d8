/** Kafka: the key is the path, so that the values of one metric stay in their order. Acknowledged by all replicas. */
import { Producer, ResponseError, stringSerializers } from "@platformatic/kafka";
import type { SinkOf } from "../config/index.ts";
import { valuePayload } from "../payload.ts";
import type { SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";

type Config = SinkOf<"kafka">;
type KafkaProducer = Producer<string, string, string, string>;

/** All replicas that are in sync. */
const ACKS_ALL = -1;
/** What the broker says of a message that it will never take. */
const REFUSALS = /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|INVALID_RECORD|INVALID_TIMESTAMP/;

export function openKafka(config: Config, hubId: string): Target {
  const { brokers, user, password, mechanism, tls, name, timeout } = config;
  const producer = new Producer({
    clientId: `unshub-${hubId}-${name}`,
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    idempotent: true,
    autocreateTopics: true, // where the brokers allow it
    retries: false, // the sink tries again itself
    connectTimeout: timeout,
    timeout,
    ...(tls && { tls: {} }),
    ...(user !== undefined && {
      sasl: { mechanism, username: user, password: password?.read() ?? "" },
    }),
  });
  return new KafkaTarget(producer, config);
}

class KafkaTarget implements Target {
  readonly #producer: KafkaProducer;
  readonly #topics: Pick<Config, "topic" | "lastTopic">;

  constructor(producer: KafkaProducer, topics: Pick<Config, "topic" | "lastTopic">) {
    this.#producer = producer;
    this.#topics = topics;
  }

  async write(records: readonly SinkRecord[]): Promise<void> {
    const messages = kafkaMessages(records, this.#topics);
    try {
      await this.#producer.send({ messages: [...messages], acks: ACKS_ALL });
    } catch (error) {
      if (error instanceof ResponseError && REFUSALS.test(textOf(error))) {
        throw new Refused(textOf(error), { cause: error });
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

/** Each value, and the last one of each path for a topic that is compacted; values of the past are not the last ones. */
export function kafkaMessages(
  records: readonly SinkRecord[],
  { topic, lastTopic }: Pick<Config, "topic" | "lastTopic">,
): readonly ReturnType<typeof kafkaMessage>[] {
  const all = records.map((record) => kafkaMessage(record, topic));
  if (lastTopic === undefined) return all;
  const present = records.filter(({ isHistorical }) => !isHistorical);
  const last = new Map(present.map((record) => [record.subject.path, record]));
  return [...all, ...Array.from(last.values(), (record) => kafkaMessage(record, lastTopic))];
}

/** The time of the message is that of the value. */
function kafkaMessage(record: SinkRecord, topic: string) {
  const { subject, datatype, time, quality } = record;
  return {
    topic,
    key: subject.path,
    value: valuePayload(record),
    timestamp: BigInt(Math.trunc(time)),
    headers: new Map([
      ...(datatype === undefined ? [] : ([["datatype", datatype]] as const)),
      ...(subject.unit === undefined ? [] : ([["unit", subject.unit]] as const)),
      ["quality", quality] as const,
    ]),
  };
}

function textOf(error: ResponseError): string {
  return [error.message, ...error.errors.map((one: unknown) => String(one))].join("; ");
}
