/**
 * The plant as a process of its own: `generator.ts <port> <metrics> <changes a second>`. It says when all are born; told
 * to run, it says changes until it is told to rest, and then how many.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { deathMessage } from "@unshub/sparkplug";
import { Client } from "../broker/load/client.ts";
import { publishFrame } from "../broker/load/frames.ts";
import { answerLines } from "../modbus/told.ts";
import {
  DEVICES_PER_NODE,
  FAST_METRICS,
  FAST_PER_SECOND,
  GROUP,
  METRICS_PER_DEVICE,
  METRICS_PER_MESSAGE,
  NodeMessages,
  nodeName,
} from "./plant.ts";

interface Node {
  readonly client: Client;
  readonly messages: NodeMessages;
}

const [, , port = "0", metrics = "0", rate = "0"] = process.argv;
const devices = Math.max(2, Math.round(Number(metrics) / METRICS_PER_DEVICE));
const messagesPerMs = Number(rate) / METRICS_PER_MESSAGE / 1000;
const fastShare = Math.min(1, (FAST_METRICS * FAST_PER_SECOND) / Number(rate));
const nodes = await openNodes();
let running: { readonly done: Promise<void>; readonly stop: () => void } | undefined;
let sent = 0;
let latestMs = 0;
/** Messages so far of the fast metrics, and of the others. */
let fast = 0;
let slow = 0;

await answerLines({ devices, nodes: nodes.length }, async ([word]) => {
  if (word === "run") {
    let isOn = true;
    running = { done: run(() => isOn), stop: () => (isOn = false) };
    return {};
  }
  running?.stop();
  await running?.done;
  const rebirths = nodes.reduce((sum, { client }) => sum + client.inbox.messages, 0);
  return { changes: sent * METRICS_PER_MESSAGE, latestMs, rebirths };
});

async function openNodes(): Promise<readonly Node[]> {
  const opened: Node[] = [];
  for (let first = 0; first < devices; first += DEVICES_PER_NODE) {
    const messages = new NodeMessages(opened.length);
    const edgeNodeId = nodeName(opened.length);
    const { topic, payload, qos } = deathMessage({ groupId: GROUP, edgeNodeId }, 0);
    const will = { topic, payload, qos };
    const clientId = `${GROUP}-${edgeNodeId}`;
    const client = await Client.open({ port: Number(port), clientId, clean: true, will });
    await client.subscribe(messages.commandTopic, 1);
    client.write(publishFrame(messages.nodeBirth(Date.now())));
    for (let device = 0; device < Math.min(DEVICES_PER_NODE, devices - first); device += 1) {
      client.write(publishFrame(messages.deviceBirth(device, Date.now())));
      await drained(client);
    }
    opened.push({ client, messages });
  }
  return opened;
}

async function drained(client: Client): Promise<void> {
  if (client.takesMore) return;
  await new Promise<void>((resolve) => {
    client.onProgress = () => {
      if (client.takesMore) resolve();
    };
  });
}

async function run(isOn: () => boolean): Promise<void> {
  const from = performance.now();
  for (let done = 0; isOn();) {
    const now = performance.now() - from;
    latestMs = Math.max(latestMs, now - done / messagesPerMs);
    for (const due = now * messagesPerMs; done < due; done += 1) say(done);
    await sleep(2);
  }
}

/** One message, of the fast metrics or of the others, each as often as its share says. */
function say(number: number): void {
  sent += 1;
  const isFast = Math.floor((number + 1) * fastShare) > Math.floor(number * fastShare);
  const timestamp = Date.now();
  if (isFast) {
    const first = (fast * METRICS_PER_MESSAGE) % FAST_METRICS;
    const value = Math.floor((fast * METRICS_PER_MESSAGE) / FAST_METRICS);
    fast += 1;
    return send(0, first, { value, timestamp });
  }
  const device = 1 + (slow % (devices - 1));
  const turn = Math.floor(slow / (devices - 1));
  slow += 1;
  send(device, (turn * METRICS_PER_MESSAGE) % METRICS_PER_DEVICE, { value: turn, timestamp });
}

function send(
  device: number,
  first: number,
  heard: { readonly value: number; readonly timestamp: number },
): void {
  const node = nodes[Math.floor(device / DEVICES_PER_NODE)];
  if (node === undefined) throw new Error(`device ${device} has no edge node`);
  node.client.write(publishFrame(node.messages.data(device % DEVICES_PER_NODE, first, heard)));
}
