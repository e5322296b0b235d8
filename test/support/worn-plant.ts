/** A plant in which nothing is simply good: one metric of each worth, on a hub that was started again. */
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { startTestHub, tempDir, type Ending, type TestHub } from "./hub.ts";

const AT = 1_700_000_000_000;

/** Where each stands, and what the page, the terminal and the API call it. */
export const WORTHS = [
  { path: "Worn/old/d/Kept", quality: "last-known", words: "last known", code: 6 },
  { path: "Worn/new/d/Frozen", quality: "stale", words: "stale", code: 1 },
  { path: "Worn/new/d/Broken", quality: "bad", words: "bad", code: 0 },
  { path: "Worn/new/d/Doubtful", quality: "uncertain", words: "uncertain", code: 5 },
  { path: "Worn/new/gone/Left", quality: "offline", words: "offline", code: 4 },
] as const;

/** What WORTHS are there for, and one that is good. */
export async function wornPlant(t: Ending): Promise<TestHub> {
  const dataDir = tempDir(t);
  const first = await startTestHub(t, "", { dataDir });
  const before = await plug(t, first);
  await say(before, "NBIRTH/old", 0, [bdSeq()]);
  await say(before, "DBIRTH/old/d", 1, [metric("Kept")]);
  await first.until(() => first.hub.tree.find("Worn/old/d/Kept") !== undefined);
  await first.stop();

  const second = await startTestHub(t, "", { dataDir });
  const edge = await plug(t, second);
  await say(edge, "NBIRTH/new", 0, [bdSeq()]);
  await say(edge, "DBIRTH/new/d", 1, [
    metric("Frozen", 500),
    metric("Broken", 0),
    metric("Doubtful", 64),
    metric("Fine"),
  ]);
  await say(edge, "DBIRTH/new/gone", 2, [metric("Left")]);
  await say(edge, "DDEATH/new/gone", 3, []);
  const { tree } = second.hub;
  await second.until(() => tree.state(tree.find("Worn/new/gone") ?? 0) === "offline");
  return second;
}

async function plug(t: Ending, { mqttPort }: TestHub): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 0 });
  t.after(() => client.endAsync(true));
  return client;
}

async function say(
  client: MqttClient,
  what: string,
  seq: number,
  metrics: readonly MetricToSend[],
): Promise<void> {
  const bytes = encodePayload({ timestamp: AT, seq, metrics });
  await client.publishAsync(`spBv1.0/Worn/${what}`, Buffer.from(bytes));
}

function metric(name: string, quality?: number): MetricToSend {
  const properties = [{ key: "Quality", datatype: "Int32", value: quality ?? 192 }] as const;
  return { name, datatype: "Int32", tellDatatype: true, value: 7, timestamp: AT, properties };
}

function bdSeq(): MetricToSend {
  return { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0, timestamp: AT };
}
