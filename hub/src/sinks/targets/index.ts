/** The targets by their types. Each is loaded, with the client library that it needs, when a sink of its type writes first. */
import type { Logger } from "@unshub/adapter";
import type { UnsTree } from "../../tree/index.ts";
import type { RecordSinkConfig } from "../config/index.ts";
import type { Target } from "../target.ts";
import type { WriteFor } from "./thingsboard-rpc.ts";

/** What some targets ask the hub. */
export interface TargetRooms {
  readonly hubId: string;
  readonly tree: UnsTree;
  /** What a target asks back is written by it. */
  readonly write: WriteFor;
  readonly log: Logger;
  /** The path of a file of the sink's own, by what it ends in: `rpc.json`. */
  readonly fileOf: (ending: string) => string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export async function openTarget(config: RecordSinkConfig, rooms: TargetRooms): Promise<Target> {
  switch (config.type) {
    case "line-protocol": {
      const { LineProtocolTarget } = await import("./line-protocol.ts");
      return new LineProtocolTarget(config);
    }
    case "postgresql": {
      const { openPostgresql } = await import("./postgresql.ts");
      return await openPostgresql(config);
    }
    case "mqtt": {
      const { openMqtt } = await import("./mqtt.ts");
      return await openMqtt(config, rooms.hubId);
    }
    case "clickhouse": {
      const { openClickhouse } = await import("./clickhouse.ts");
      return await openClickhouse(config, AbortSignal.timeout(config.timeout));
    }
    case "thingsboard": {
      const { openThingsboard } = await import("./thingsboard.ts");
      return await openThingsboard(config, rooms);
    }
    case "nats": {
      const { openNats } = await import("./nats.ts");
      return await openNats(config, rooms.hubId);
    }
    case "kafka": {
      const { openKafka } = await import("./kafka.ts");
      return openKafka(config, rooms.hubId);
    }
    case "mongodb": {
      const { openMongodb } = await import("./mongodb.ts");
      return await openMongodb(config, rooms.hubId);
    }
  }
}
