/** The device at the far end of a serial line: `line-device.ts PATH`. It answers reads of registers; all of them are 7. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { putRtuFrame } from "../../adapters/modbus/src/wire/crc.ts";
import { answerLines } from "./told.ts";

const REQUEST_BYTES = 8;

const [path = ""] = process.argv.slice(2);
const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
const stream = new ReadStream(fd);
const out = new Uint8Array(260);
let rest: Buffer = Buffer.alloc(0);

stream.on("data", (bytes: Buffer) => {
  rest = Buffer.concat([rest, bytes]);
  for (; rest.length >= REQUEST_BYTES; rest = rest.subarray(REQUEST_BYTES)) {
    const count = rest.readUInt16BE(4);
    const pdu = new Uint8Array(2 + 2 * count).fill(7);
    pdu[0] = 3;
    pdu[1] = 2 * count;
    writeSync(fd, out, 0, putRtuFrame(out, 0, rest.readUInt8(0), pdu));
  }
});

await answerLines({}, () => ({}));
stream.destroy();
closeSync(fd);
