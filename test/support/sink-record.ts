/** Rows and configurations of sinks, for tests of targets alone. */
import { parseConfig } from "../../hub/src/config/index.ts";
import type { SinkConfig, SinkOf } from "../../hub/src/sinks/config/index.ts";
import type { RecordSubject, SinkRecord } from "../../hub/src/sinks/record.ts";
import { checkAdapterConfig } from "../../hub/src/supervisor/index.ts";

const SUBJECT: RecordSubject = {
  path: "Plant1/gw/press/n",
  groupId: "Plant1",
  edgeNodeId: "gw",
  deviceId: "press",
  metric: "n",
  place: "Plant1/gw/press",
  levels: [],
  unit: undefined,
};

export interface GivenRecord extends Partial<Omit<SinkRecord, "subject">> {
  readonly subject?: Partial<RecordSubject>;
}

/** A good number, but for what is given. */
export function sinkRecord({ subject, ...given }: GivenRecord): SinkRecord {
  return {
    offset: 0,
    time: 1_700_000_000_000,
    receivedAt: 1_700_000_000_100,
    datatype: "Double",
    content: { kind: "number", value: 1 },
    quality: "good",
    reason: undefined,
    isHistorical: false,
    isCorrected: false,
    ...given,
    subject: { ...SUBJECT, ...subject },
  };
}

/** One sink as the configuration has it. */
export async function parsedSink<Type extends SinkConfig["type"]>(
  yaml: string,
  type: Type,
): Promise<SinkOf<Type>> {
  const { sinks } = await parseConfig(`listeners: { mqtt: {} }\nsinks:\n  - ${yaml}\n`, {
    file: "/plant/unshub.yaml",
    checkAdapter: checkAdapterConfig,
  });
  const [sink] = sinks;
  if (sink === undefined || !isOf(sink, type)) throw new Error(`no ${type}`);
  return sink;
}

function isOf<Type extends SinkConfig["type"]>(sink: SinkConfig, type: Type): sink is SinkOf<Type> {
  return sink.type === type;
}
