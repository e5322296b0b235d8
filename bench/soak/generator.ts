/**
 * The plant of the soak as a process of its own: `generator.ts <port> <values a second> <seconds>`. It says how many devices
 * were born; told to go on, it runs and says what it sent.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../broker/load/client.ts";
import { publishFrame } from "../broker/load/frames.ts";
import { answerLines } from "../modbus/told.ts";
import { devicesFor, METRICS_PER_DEVICE, nodeOf, NodeMessages, PER_SECOND } from "./plant.ts";

/** Births that are under way at once, in edge nodes. */
const PAUSE_AFTER_BIRTHS_MS = 5;

interface Node {
  readonly client: Client;
  readonly messages: NodeMessages;
}

const [, , port = "0", rate = "0", seconds = "0"] = process.argv;
const devices = devicesFor(Number(rate));
const bornAt = Date.now();
const nodes = await openNodes();

await answerLines({ devices, bornAt }, run);

async function openNodes(): Promise<readonly Node[]> {
  const opened: Node[] = [];
  for (let node = 0; node <= nodeOf(devices - 1); node += 1) {
    const messages = new NodeMessages(node);
    const { clientId, commandTopic } = messages;
    const will = messages.will(0);
    const client = await Client.open({ port: Number(port), clientId, clean: true, will });
    await client.subscribe(commandTopic, 1);
    for (const birth of messages.births(0, bornAt, () => 0)) client.write(publishFrame(birth));
    opened.push({ client, messages });
    await sleep(PAUSE_AFTER_BIRTHS_MS);
  }
  return opened;
}

/** Devices in turn, each `PER_SECOND` times a second; the times of a metric are those at which it is due. */
async function run(): Promise<Readonly<Record<string, number>>> {
  const perMs = (devices * PER_SECOND) / 1000;
  const total = Math.round(Number(seconds) * 1000 * perMs);
  const begin = Date.now();
  const from = performance.now();
  let sent = 0;
  let latestMs = 0;
  while (sent < total) {
    const now = performance.now() - from;
    latestMs = Math.max(latestMs, now - sent / perMs);
    for (const due = Math.min(total, now * perMs); sent < due; sent += 1) {
      send(sent % devices, 1 + Math.floor(sent / devices), begin + Math.floor(sent / perMs));
    }
    await sleep(1);
  }
  const rebirths = nodes.reduce((sum, { client }) => sum + client.inbox.messages, 0);
  const tookSeconds = (performance.now() - from) / 1000;
  const values = sent * METRICS_PER_DEVICE;
  return { messages: sent, values, latestMs, rebirths, tookSeconds };
}

function send(device: number, count: number, timestamp: number): void {
  const node = nodes[nodeOf(device)];
  if (node === undefined) throw new Error(`device ${device} has no edge node`);
  node.client.write(publishFrame(node.messages.data(device, count, timestamp)));
}
