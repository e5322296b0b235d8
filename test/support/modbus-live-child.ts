/** A process of its own with an honest server, to be frozen and killed. Says its port on standard output. */
import { openLiveServer } from "./modbus-live-server.ts";

const framing = process.argv[2] === "rtu" ? "rtu" : "mbap";
const server = await openLiveServer(framing);
process.stdout.write(`${server.port}\n`);
