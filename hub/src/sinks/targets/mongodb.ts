/**
 * MongoDB: one document a value in a collection with a unique index over path and time, so that writing twice does no harm.
 * (Time-series collections know no unique index.)
 */
import { Long, MongoBulkWriteError, MongoClient, type Collection, type Document } from "mongodb";
import type { SinkOf } from "../config/index.ts";
import { qualityCode, type Content, type SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";

type Config = SinkOf<"mongodb">;

/** The document is too large, or has a form that the server does not take. */
const REFUSALS: ReadonlySet<unknown> = new Set([2, 14, 10_334, 17_280]);

export async function openMongodb(config: Config, hubId: string): Promise<Target> {
  const { url, user, password, database, collection, timeout, name } = config;
  const client = new MongoClient(url, {
    appName: `unshub ${hubId} ${name}`,
    serverSelectionTimeoutMS: timeout,
    maxPoolSize: 1,
    retryWrites: false, // the sink tries again itself
    ...(user !== undefined && { auth: { username: user, password: password?.read() ?? "" } }),
  });
  try {
    const values = client.db(database).collection(collection);
    await values.createIndex({ "m.path": 1, ts: 1 }, { unique: true });
    return new MongodbTarget(client, values);
  } catch (error) {
    await client.close();
    throw error;
  }
}

class MongodbTarget implements Target {
  readonly #client: MongoClient;
  readonly #values: Collection;

  constructor(client: MongoClient, values: Collection) {
    this.#client = client;
    this.#values = values;
  }

  async write(records: readonly SinkRecord[]): Promise<void> {
    const operations = records.map((record) => {
      const document = documentOf(record);
      const filter = { "m.path": record.subject.path, ts: new Date(record.time) };
      return { replaceOne: { filter, replacement: document, upsert: true } };
    });
    try {
      await this.#values.bulkWrite(operations, { ordered: true, writeConcern: { w: "majority" } });
    } catch (error) {
      if (error instanceof MongoBulkWriteError && REFUSALS.has(error.code)) {
        throw new Refused(error.message, { cause: error });
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

function documentOf(record: SinkRecord): Document {
  const { subject, time, receivedAt, quality, reason, datatype, isHistorical, content } = record;
  const { path, groupId, edgeNodeId, deviceId, metric, unit } = subject;
  return {
    ts: new Date(time),
    m: {
      path,
      group: groupId,
      node: edgeNodeId,
      ...(deviceId !== "" && { device: deviceId }),
      metric,
      ...(datatype !== undefined && { type: datatype }),
      ...(unit !== undefined && { unit }),
    },
    v: valueOf(content),
    q: qualityCode(quality),
    ...(reason !== undefined && { reason }),
    ...(isHistorical && { historical: true }),
    received: new Date(receivedAt),
  };
}

function valueOf(content: Content): unknown {
  switch (content.kind) {
    case "none":
      return null;
    case "json":
      return JSON.parse(content.value);
    case "integer":
      return Long.fromBigInt(BigInt(content.value));
    case "number":
    case "truth":
    case "text":
      return content.value;
  }
}
