import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ModbusError } from "../../../../adapters/modbus/src/errors.ts";
import {
  decodeReply,
  encodeRequest,
  readRequest,
  writeAndReadRequest,
  writeRegistersRequest,
  type ModbusReply,
  type ModbusRequest,
} from "../../../../adapters/modbus/src/wire/pdu.ts";
import { bytes, hexOf } from "../../../support/modbus-hex.ts";

/** The examples of the Modbus Application Protocol V1.1b3, chapter 6: request, reply, what the reply says. */
const EXAMPLES: readonly (readonly [string, ModbusRequest, string, string, ModbusReply])[] = [
  [
    "01 read coils 20 to 38",
    readRequest("co", 0x13, 0x13),
    "01 0013 0013",
    "01 03 cd6b05",
    { kind: "data", bytes: bytes("cd6b05") },
  ],
  [
    "02 read discrete inputs 197 to 218",
    readRequest("di", 0xc4, 0x16),
    "02 00c4 0016",
    "02 03 acdb35",
    { kind: "data", bytes: bytes("acdb35") },
  ],
  [
    "03 read holding registers 108 to 110",
    readRequest("hr", 0x6b, 3),
    "03 006b 0003",
    "03 06 022b 0000 0064",
    { kind: "data", bytes: bytes("022b 0000 0064") },
  ],
  [
    "04 read input register 9",
    readRequest("ir", 8, 1),
    "04 0008 0001",
    "04 02 000a",
    { kind: "data", bytes: bytes("000a") },
  ],
  [
    "05 write coil 173 on",
    { functionCode: 5, start: 0xac, value: true },
    "05 00ac ff00",
    "05 00ac ff00",
    { kind: "written" },
  ],
  [
    "06 write register 2",
    { functionCode: 6, start: 1, word: 3 },
    "06 0001 0003",
    "06 0001 0003",
    { kind: "written" },
  ],
  [
    "15 write ten coils from 20",
    {
      functionCode: 15,
      start: 0x13,
      values: [true, false, true, true, false, false, true, true, true, false],
    },
    "0f 0013 000a 02 cd01",
    "0f 0013 000a",
    { kind: "written" },
  ],
  [
    "16 write two registers from 2",
    { functionCode: 16, start: 1, bytes: bytes("000a 0102") },
    "10 0001 0002 04 000a 0102",
    "10 0001 0002",
    { kind: "written" },
  ],
  [
    "22 mask register 5",
    { functionCode: 22, start: 4, andMask: 0xf2, orMask: 0x25 },
    "16 0004 00f2 0025",
    "16 0004 00f2 0025",
    { kind: "written" },
  ],
  [
    "23 write three registers from 15, read six from 4",
    {
      functionCode: 23,
      start: 3,
      count: 6,
      writeStart: 14,
      bytes: bytes("00ff 00ff 00ff"),
    },
    "17 0003 0006 000e 0003 06 00ff 00ff 00ff",
    "17 0c 00fe 0acd 0001 0003 000d 00ff",
    { kind: "data", bytes: bytes("00fe 0acd 0001 0003 000d 00ff") },
  ],
];

describe("a Modbus request and its reply", () => {
  for (const [name, request, requestHex, replyHex, reply] of EXAMPLES) {
    it(`function ${name}`, () => {
      assert.equal(hexOf(encodeRequest(request)), hexOf(bytes(requestHex)));
      assert.deepEqual(decodeReply(request, bytes(replyHex)), reply);
    });

    it(`function ${name}: an exception is an answer`, () => {
      const exception = Uint8Array.of(request.functionCode | 0x80, 2);

      assert.deepEqual(decodeReply(request, exception), { kind: "exception", code: 2 });
    });

    it(`function ${name}: a reply cut anywhere, or with a byte too many, is none`, () => {
      const whole = bytes(replyHex);
      for (let length = 0; length < whole.length; length += 1) {
        assert.equal(decodeReply(request, whole.subarray(0, length)).kind, "mismatch");
      }
      assert.equal(decodeReply(request, Uint8Array.of(...whole, 0)).kind, "mismatch");
    });
  }

  it("a reply of another function is none", () => {
    const request = readRequest("hr", 0, 1);

    assert.equal(decodeReply(request, bytes("04 02 000a")).kind, "mismatch");
    assert.equal(decodeReply(request, bytes("84 02")).kind, "mismatch");
  });

  it("a byte count that lies is no reply", () => {
    const request = readRequest("hr", 0, 2);

    assert.equal(decodeReply(request, bytes("03 02 000a")).kind, "mismatch");
    assert.equal(decodeReply(request, bytes("03 04 000a")).kind, "mismatch");
    assert.equal(decodeReply(request, bytes("03 06 000a 000b")).kind, "mismatch");
    assert.equal(decodeReply(request, bytes("03 02 000a 000b")).kind, "mismatch");
  });

  it("an echo of another write is no reply", () => {
    assert.equal(
      decodeReply({ functionCode: 6, start: 1, word: 3 }, bytes("06 0001 0004")).kind,
      "mismatch",
    );
    assert.equal(
      decodeReply({ functionCode: 6, start: 1, word: 3 }, bytes("06 0002 0003")).kind,
      "mismatch",
    );
    assert.equal(
      decodeReply({ functionCode: 5, start: 1, value: true }, bytes("05 0001 0000")).kind,
      "mismatch",
    );
    assert.equal(
      decodeReply({ functionCode: 16, start: 1, bytes: bytes("0001 0002") }, bytes("10 0001 0001"))
        .kind,
      "mismatch",
    );
  });

  it("an exception with no code, code 0 or more bytes is no reply", () => {
    const request = readRequest("hr", 0, 1);
    for (const hex of ["83", "83 00", "83 02 00"]) {
      assert.equal(decodeReply(request, bytes(hex)).kind, "mismatch", hex);
    }
  });

  it("writes one register with function 6 and more with one function 16", () => {
    assert.equal(hexOf(encodeRequest(writeRegistersRequest(1, bytes("0003")))), "0600010003");
    assert.equal(
      hexOf(encodeRequest(writeRegistersRequest(1, bytes("3f800000")))),
      "1000010002043f800000",
    );
  });

  it("writes and reads the same registers with one function 23, up to 121 of them", () => {
    const one = writeAndReadRequest(writeRegistersRequest(1, bytes("0003")));
    const most = { functionCode: 16, start: 1, bytes: new Uint8Array(2 * 121) } as const;

    assert.equal(one && hexOf(encodeRequest(one)), "170001000100010001020003");
    assert.equal(writeAndReadRequest(most)?.functionCode, 23);
    assert.equal(writeAndReadRequest({ ...most, bytes: new Uint8Array(2 * 122) }), undefined);
    assert.equal(writeAndReadRequest({ functionCode: 5, start: 1, value: true }), undefined);
  });

  it("refuses what no request may ask for", () => {
    const both = { functionCode: 23, start: 0, count: 1, writeStart: 0 } as const;
    const tooMuch: readonly ModbusRequest[] = [
      { ...both, bytes: new Uint8Array(2 * 122) },
      { ...both, bytes: new Uint8Array(4), writeStart: 65_535 },
      { ...both, bytes: new Uint8Array(2), count: 126 },
      readRequest("hr", 0, 126),
      readRequest("co", 0, 2001),
      readRequest("hr", 0, 0),
      readRequest("hr", 65_535, 2),
      readRequest("hr", -1, 1),
      { functionCode: 16, start: 0, bytes: new Uint8Array(2 * 124) },
      { functionCode: 16, start: 0, bytes: new Uint8Array(3) },
      { functionCode: 15, start: 0, values: Array.from({ length: 1969 }, () => true) },
    ];
    for (const request of tooMuch) {
      assert.throws(
        () => encodeRequest(request),
        (error) => error instanceof ModbusError && error.code === "BAD_REQUEST",
      );
    }
  });

  it("takes any bytes for a reply without throwing", () => {
    const requests = EXAMPLES.map(([, request]) => request);
    for (let round = 0; round < 2000; round += 1) {
      const junk = crypto.getRandomValues(new Uint8Array(round % 12));
      for (const request of requests) decodeReply(request, junk);
    }
  });
});
