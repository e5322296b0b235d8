import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { scanTool } from "../../../../adapters/modbus/src/tools/scan.ts";
import { openSimulation } from "../../../support/modbus-simulation.ts";
import { runTool } from "../../../support/modbus-tool.ts";

const words = (from: number, to: number): readonly object[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    name: `hr ${from + index}`,
    at: `hr:${from + index}`,
    type: "uint16",
  }));
const device = (name: string, unit: number, tags: readonly object[]): object => ({
  name,
  unit,
  groups: { all: { interval: "1s" } },
  tags,
});
const DEVICES = [
  device("a", 1, [...words(10, 49), ...words(52, 52), { name: "c", at: "co:3" }]),
  device("b", 3, words(0, 4)),
];

describe("unshub modbus scan", { timeout: 180_000 }, () => {
  it("finds the registers that answer and those that do not, in few requests", async () => {
    await using running = await openSimulation({ devices: DEVICES });

    const { code, out } = await runTool(scanTool, [`127.0.0.1:${running.port}`]);

    assert.equal(code, 0);
    assert.deepEqual(
      out
        .split("\n")
        .slice(0, -1)
        .map((line) => line.trimEnd().replaceAll(/ {2,}/g, " ")),
      [
        "unit 1, hr",
        " hr:0..9 exception 2, illegal address",
        " hr:10..49 answers",
        " hr:50..51 exception 2, illegal address",
        " hr:52 answers",
        " hr:53..200 exception 2, illegal address",
      ],
    );
    assert.match(out, /1 of 1 units answer; \d{1,3} requests$/);
  });

  it("finds the units behind a gateway, and says which are not there", async () => {
    await using running = await openSimulation({ devices: DEVICES });
    const args = [`127.0.0.1:${running.port}`, "--unit", "1-4", "--range", "0-9", "--json"];

    const { code, out } = await runTool(scanTool, args);

    const found = out
      .split("\n")
      .map((line): { unit: number; answers: boolean } => JSON.parse(line));
    assert.equal(code, 0);
    assert.deepEqual(
      found.map(({ unit, answers }) => [unit, answers]),
      [
        [1, true],
        [2, false],
        [3, true],
        [4, false],
      ],
    );
    assert.deepEqual(JSON.parse(out.split("\n")[2] ?? ""), {
      unit: 3,
      table: "hr",
      answers: true,
      isWhole: true,
      ranges: [
        { first: 0, last: 4, answer: "data" },
        { first: 5, last: 9, answer: "exception", code: 2 },
      ],
    });
  });

  it("looks at several tables, bits too", async () => {
    await using running = await openSimulation({ devices: DEVICES });
    const args = ["--table", "co,di", "--range", "0-7"];

    const { out } = await runTool(scanTool, [`127.0.0.1:${running.port}`, ...args]);

    assert.match(out, /unit 1, co\n {2}co:0\.\.2 +exception 2.*\n {2}co:3 +answers\n/);
    assert.match(out, /unit 1, di\n {2}di:0\.\.7 +exception 2/);
  });

  it("speaks RTU over TCP, where a unit that is not there is silent", async () => {
    await using running = await openSimulation({
      link: { framing: "rtuOverTcp" },
      devices: DEVICES,
    });
    const args = [
      "--framing",
      "rtuOverTcp",
      "--unit",
      "2,3",
      "--range",
      "0-4",
      "--timeout",
      "500ms",
    ];

    const { code, out } = await runTool(scanTool, [`127.0.0.1:${running.port}`, ...args]);

    assert.equal(code, 0);
    assert.match(
      out,
      /^unit 2: no answer\nunit 3, hr\n {2}hr:0\.\.4 +answers\n1 of 2 units answer/,
    );
  });

  it("goes on behind many units that are not there, also when its connection is replaced", async () => {
    await using running = await openSimulation({
      link: { framing: "rtuOverTcp" },
      devices: [device("last", 40, words(0, 4))],
    });
    const args = ["--framing", "rtuOverTcp", "--unit", "31-40", "--range", "0-4"];

    const { code, out } = await runTool(scanTool, [
      `127.0.0.1:${running.port}`,
      ...args,
      "--timeout",
      "500ms",
    ]);

    assert.equal(code, 0);
    assert.match(
      out,
      /unit 39: no answer\nunit 40, hr\n {2}hr:0\.\.4 +answers\n1 of 10 units answer/,
    );
  });

  it("never asks more often than it may, and says that it was cut short", async () => {
    await using running = await openSimulation({ devices: DEVICES });
    const args = [`127.0.0.1:${running.port}`, "--max-requests", "5"];

    const { out } = await runTool(scanTool, args);

    assert.match(out, /… +not looked at: too many requests/);
    assert.match(out, /; 5 requests$/);
  });

  it("ends with Ctrl-C and shows what was found until then", async () => {
    await using running = await openSimulation({ devices: DEVICES });
    const stop = new AbortController();
    running.simulation.setFault("b", { kind: "silent" });
    const args = [
      `127.0.0.1:${running.port}`,
      "--unit",
      "1,3",
      "--range",
      "10-20",
      "--timeout",
      "60s",
    ];

    const { code, out, errors } = await runTool(scanTool, args, {
      signal: stop.signal,
      heard: (line) => {
        if (line.includes("answers")) setImmediate(() => stop.abort());
      },
    });

    assert.equal(code, 1);
    assert.match(out, /hr:10\.\.20 +answers/);
    assert.match(errors, /stopped after \d+ requests/);
  });

  it("says that nobody listens, or that something else does, exit 1", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;

    const other = await runTool(scanTool, [`127.0.0.1:${port}`]);
    await new Promise((resolve) => server.close(resolve));
    const nobody = await runTool(scanTool, [`127.0.0.1:${port}`]);

    assert.deepEqual([other.code, nobody.code], [1, 1]);
    assert.match(other.errors, /does not speak Modbus/);
    assert.match(nobody.errors, /cannot connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it("says what is wrong with its arguments, exit 2", async () => {
    const wrong: readonly (readonly string[])[] = [
      [],
      ["plc", "--unit", "300"],
      ["plc", "--range", "20-10"],
      ["plc", "--table", "xx"],
      ["plc", "--timeout", "5"],
      ["/dev/ttyUSB0", "--parity", "mark"],
      ["plc:99999"],
      ["plc", "--fast"],
    ];

    for (const args of wrong) {
      const { code, errors } = await runTool(scanTool, args);
      assert.equal(code, 2, args.join(" "));
      assert.match(errors, /unshub modbus scan HOST/);
    }
  });
});
