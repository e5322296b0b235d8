/** The library `modbus-serial` with the same fleet: `fleet-library.ts PORT DEVICES BLOCKS REGISTERS`. */
import ModbusRTU from "modbus-serial";
import { setTimeout as sleep } from "node:timers/promises";
import { answerLines, timed } from "./told.ts";

const [port = 0, devices = 0, blocks = 0, registers = 0] = process.argv.slice(2).map(Number);
const BLOCK_APART = 500;
const INTERVAL_MS = 1000;

let values = 0;
let bad = 0;
const timers: NodeJS.Timeout[] = [];
const clients = await Promise.all(Array.from({ length: devices }, connected));
for (const [index, client] of clients.entries()) {
  // Spread over the interval, as ours are.
  setTimeout(
    () => timers.push(setInterval(() => void poll(client), INTERVAL_MS)),
    index * (INTERVAL_MS / devices),
  );
}
await sleep(2 * INTERVAL_MS);

await answerLines({}, async ([seconds]) => {
  const before = { values, bad };
  const found = await timed(async () => {
    await sleep(Number(seconds) * 1000);
    return {};
  });
  return { ...found, values: values - before.values, bad: bad - before.bad };
});
for (const timer of timers) clearInterval(timer);
for (const client of clients) client.close(() => undefined);

async function connected(): Promise<ModbusRTU.default> {
  const client = new ModbusRTU.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(1);
  client.setTimeout(1000);
  return client;
}

async function poll(client: ModbusRTU.default): Promise<void> {
  try {
    for (let block = 0; block < blocks; block += 1) {
      const { data } = await client.readHoldingRegisters(block * BLOCK_APART, registers);
      values += data.length;
    }
  } catch {
    bad += 1;
  }
}
