/** The library `modbus-serial` under full load: `speed-library.ts PORT`, then lines "SECONDS REGISTERS WINDOW". */
import ModbusRTU from "modbus-serial";
import { answerLines, timed } from "./told.ts";

const port = Number(process.argv[2]);
const client = new ModbusRTU.default();
await client.connectTCP("127.0.0.1", { port });
client.setID(1);
client.setTimeout(1000);

await answerLines({}, ([seconds = "1", registers = "10", window = "1"]) =>
  timed(() => load(Number(seconds), Number(registers), Number(window))),
);
client.close(() => undefined);

async function load(
  seconds: number,
  registers: number,
  window: number,
): Promise<Readonly<Record<string, number>>> {
  const endsAt = performance.now() + seconds * 1000;
  let requests = 0;
  let wrong = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const { data } = await client.readHoldingRegisters(0, registers);
      if (data[registers - 1] !== registers - 1) wrong += 1;
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: window }, lane));
  return { requests, wrong };
}
