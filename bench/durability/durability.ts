/**
 * `npm run bench -- durability`: what an acknowledgement is worth. Publishers send QoS 1 for a subscriber that is away,
 * the server is killed (`kill -9`) and started again, the subscriber comes back: which acknowledged messages are gone?
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "../broker/load/client.ts";
import { settled } from "../broker/load/waiting.ts";
import {
  INSTALL_MOSQUITTO,
  MOSQUITTO,
  mosquittoVersion,
  type Persistence,
} from "../broker/servers/mosquitto.ts";
import { startServer, type Server } from "../broker/servers/start.ts";
import { keep } from "../measure.ts";
import { NumberedPublisher, Received } from "./numbered.ts";

interface Contender {
  readonly says: string;
  readonly name: "broker" | "mosquitto";
  readonly persistence: Persistence;
}

const CONTENDERS: readonly Contender[] = [
  { says: "our MQTT server", name: "broker", persistence: "defaults" },
  { says: "Mosquitto, persistence true", name: "mosquitto", persistence: "defaults" },
  {
    says: "Mosquitto, autosave_interval 1",
    name: "mosquitto",
    persistence: "every second",
  },
  {
    says: "Mosquitto, autosave_on_changes, 1",
    name: "mosquitto",
    persistence: "after every change",
  },
];

interface Row {
  readonly says: string;
  readonly acknowledged: number;
  readonly acknowledgedPerSecond: number;
  /** Acknowledged, and gone. */
  readonly missing: number;
  readonly sessionKept: boolean;
  readonly twice: number;
  readonly outOfOrder: number;
}

const PUBLISHERS = 8;
const UNACKNOWLEDGED_MAX = 100;
const SUBSCRIBER = "bench-subscriber";

export async function durability(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "3" },
      keep: { type: "boolean", default: false },
    },
  });
  if (MOSQUITTO === undefined) console.log(`${INSTALL_MOSQUITTO}\n`);
  console.log(
    line(["acknowledged", "per second", "missing", "session", "twice", "disorder"], "kill -9"),
  );
  const rows: Row[] = [];
  for (const contender of CONTENDERS) {
    if (contender.name === "mosquitto" && MOSQUITTO === undefined) continue;
    const row = await killed(contender, Number(values.seconds));
    printRow(row);
    rows.push(row);
  }
  if (values.keep)
    console.log(`\nkept in ${keep("durability", rows, { mosquitto: mosquittoVersion() })}`);
}

async function killed({ says, name, persistence }: Contender, seconds: number): Promise<Row> {
  const first = await startServer(name, persistence);
  await leaveSession(first);
  const publishers = await Promise.all(
    Array.from({ length: PUBLISHERS }, (_, index) => openPublisher(first, index)),
  );
  const over = publishers.map((publisher) => publisher.run(UNACKNOWLEDGED_MAX));
  await sleep(seconds * 1000);
  const second = await first.killAndRestart();
  await Promise.all(over);
  const { received, sessionKept } = await fetchSession(second);
  await second.stop();
  const acknowledged = sum(publishers.map((publisher) => publisher.acknowledged));
  return {
    says,
    acknowledged,
    acknowledgedPerSecond: acknowledged / seconds,
    missing: sum(publishers.map((one, index) => received.missing(index, one.acknowledged))),
    sessionKept,
    twice: received.twice,
    outOfOrder: received.outOfOrder,
  };
}

/** A session that stays when its client goes. */
async function leaveSession({ port }: Server): Promise<void> {
  const client = await Client.open({ port, clientId: SUBSCRIBER, clean: false });
  await client.subscribe("bench/+/values", 1);
  await client.close();
}

async function openPublisher({ port }: Server, index: number): Promise<NumberedPublisher> {
  const client = await Client.open({ port, clientId: `bench-publisher-${index}`, clean: true });
  return new NumberedPublisher(client, index);
}

async function fetchSession({ port }: Server) {
  const received = new Received();
  const client = await Client.open({
    port,
    clientId: SUBSCRIBER,
    clean: false,
    numbered: (number) => received.add(number),
  });
  const sessionKept = client.inbox.isSessionPresent;
  // Waits until nothing has come for a while.
  await settled(
    () => client.inbox.messages,
    () => false,
  );
  await client.close();
  return { received, sessionKept };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function printRow(row: Row): void {
  const { acknowledged, acknowledgedPerSecond, missing, sessionKept, twice, outOfOrder } = row;
  const perSecond = Math.round(acknowledgedPerSecond);
  const session = sessionKept ? "kept" : "LOST";
  console.log(line([acknowledged, perSecond, missing, session, twice, outOfOrder], row.says));
}

function line(cells: readonly (string | number)[], title: string): string {
  return title.padEnd(36) + cells.map((cell) => String(cell).padStart(14)).join("");
}
