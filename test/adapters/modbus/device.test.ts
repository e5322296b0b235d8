/** Whole adapters against real servers: births, deaths, writes, peers that are no devices. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freePort } from "../../support/free-port.ts";
import { frame, openHostileServer, registersPdu } from "../../support/modbus-hostile-server.ts";
import { openHostile } from "../../support/modbus-hostile.ts";
import { ModbusRun } from "../../support/modbus-run.ts";
import { openModbusGateway } from "../../support/modbus-gateway.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const SETPOINT = { name: "Setpoint", at: "hr:0", type: "int16", access: "rw", group: "fast" };
const SPEED = { name: "Speed", at: "hr:1", type: "uint16", group: "fast", publish: "always" };

/** A timeout of 2 s never passes in a test that expects answers, however busy the machine is. */
function config(
  port: number,
  tags: readonly object[],
  fields: object = {},
  timeout = "2s",
): object {
  const groups = { fast: { interval: "20ms" } };
  return {
    link: { host: "127.0.0.1", port, timeout, retries: 0 },
    devices: [{ name: "plc", unit: 1, readOnly: false, groups, tags, ...fields }],
  };
}

/** For devices that are silent on purpose. */
function impatientConfig(port: number, tags: readonly object[], fields: object = {}): object {
  return config(port, tags, { probeEvery: "100ms", ...fields }, "100ms");
}

describe("a device", () => {
  it("is born with all its metrics, and what they are", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7, 1: 1500 } } });
    const strobe = { name: "Strobe", at: "hr:2", type: "int16", access: "w", group: "fast" };
    const speed = { ...SPEED, unit: "rpm", description: "main drive" };
    await using run = await ModbusRun.start(config(server.port, [SETPOINT, speed, strobe]));

    await run.until(() => run.count("born", "plc") === 1);

    const [birth] = run.events;
    assert.ok(birth?.kind === "born");
    assert.deepEqual(
      birth.metrics.slice(0, 3).map((metric) => ({ ...metric, timestamp: 0 })),
      [
        {
          timestamp: 0,
          name: "Setpoint",
          value: 7,
          quality: "good",
          datatype: "Int16",
          writable: true,
        },
        {
          timestamp: 0,
          name: "Speed",
          value: 1500,
          quality: "good",
          datatype: "UInt16",
          writable: false,
          unit: "rpm",
          description: "main drive",
        },
        {
          timestamp: 0,
          name: "Strobe",
          value: null,
          quality: "stale",
          reason: "write_only",
          datatype: "Int16",
          writable: true,
        },
      ],
    );
  });

  it("dies once when its server goes, and is born once when it is back", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7, 1: 1500 } } }, await freePort());
    await using run = await ModbusRun.start(config(server.port, [SETPOINT, SPEED]));
    await run.until(() => run.count("changed", "plc") > 0);

    await server.close();
    await run.until(() => run.count("died", "plc") === 1);
    const atDeath = run.events.length;
    server.memory["1"] = { hr: { 0: 8, 1: 1600 } };
    await server.reopen();
    await run.until(() => run.count("changed", "plc") > 5 && run.count("born", "plc") === 2);

    const rebirth = run.events[atDeath];
    assert.ok(rebirth?.kind === "born");
    assert.deepEqual(
      rebirth.metrics.slice(0, 2).map(({ value }) => value),
      [8, 1600],
    );
    assert.equal(run.count("died", "plc"), 1);
    const linkDowns = run.log.filter(
      ({ level, message }) => level === "warn" && message === "link down",
    );
    assert.ok(linkDowns.length <= 2, "a cause is said once, not at every try");
  });

  it("stays born when the link is back within the grace", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7, 1: 1500 } } }, await freePort());
    await using run = await ModbusRun.start(
      config(server.port, [SETPOINT, SPEED], { offlineAfter: 5 }),
    );
    await run.until(() => run.count("changed", "plc") > 0);

    await server.close();
    await server.reopen();
    await run.until(() => run.log.filter(({ message }) => message === "link up").length === 2);
    const before = run.events.length;
    await run.until(() => run.events.length > before);

    assert.equal(run.count("died", "plc"), 0);
    assert.equal(run.count("born", "plc"), 1);
  });

  it("says every outage once, also when the cause is the same again", async () => {
    let requests = 0;
    await using server = await openHostileServer((request) => {
      requests += 1;
      if (requests % 5 === 0) request.socket.end();
      else request.socket.write(frame(request.transactionId, 1, registersPdu(request, 7)));
    });
    const tags = [SETPOINT];
    await using run = await ModbusRun.start(config(server.port, tags, { offlineAfter: 100 }));
    const lines = (wanted: string): readonly string[] =>
      run.log.filter(({ message }) => message === wanted).map(({ level }) => level);

    await run.until(() => lines("link up").length === 3);

    assert.deepEqual(lines("link down"), ["warn", "warn"]);
    assert.equal(run.count("born", "plc"), 1);
  });

  it("says why it died", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7, 1: 1500 } } });
    await using gateway = await openModbusGateway(server.port);
    await using run = await ModbusRun.start(impatientConfig(gateway.port, [SETPOINT, SPEED]));
    await run.until(() => run.count("born", "plc") === 1);

    gateway.deadUnits.add(1);
    await run.until(() => run.count("died", "plc") === 1);

    const death = run.events.at(-1);
    assert.ok(death?.kind === "died");
    assert.match(
      death.reason.message,
      /^plc \(unit 1 at 127.0.0.1:\d+\): 3 polls in a row were not answered$/,
    );
  });

  it("is not harmed by a wrong address among its tags", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7, 1: 1500, 5: 3 } } });
    const hole = { name: "Hole", at: "hr:3", type: "int16", group: "fast" };
    const far = { name: "Far", at: "hr:5", type: "int16", group: "fast" };
    await using run = await ModbusRun.start(config(server.port, [SETPOINT, SPEED, hole, far]));

    await run.until(() => run.count("changed", "plc") > 5);

    const reasons = (name: string): ReadonlySet<unknown> =>
      new Set(run.readings("plc", name).map(({ reason, value }) => reason ?? value));
    assert.deepEqual(reasons("Hole"), new Set(["modbus_exception_2"]));
    assert.deepEqual(reasons("Speed"), new Set([1500]));
    assert.deepEqual(reasons("Far"), new Set([3]));
    assert.equal(run.count("died", "plc"), 0);
  });

  it("is born without the tags that it never answers", async () => {
    await using server = await openHostileServer((request) => {
      const start = request.pdu[2] ?? 0;
      if (start !== 0)
        request.socket.write(frame(request.transactionId, 1, registersPdu(request, 5)));
    });
    const silent = { ...SETPOINT, group: "slow" };
    const groups = { slow: { interval: "50ms" }, fast: { interval: "50ms" } };
    const speed = { ...SPEED, at: "hr:200" };
    await using run = await ModbusRun.start(
      impatientConfig(server.port, [silent, speed], { groups, offlineAfter: 1000 }),
    );

    // On a busy machine the birth may come before the first time-out is over.
    await run.until(() => {
      return run.readings("plc", "Setpoint").some(({ reason }) => reason === "timeout");
    });

    assert.equal(run.readings("plc", "Speed")[0]?.value, 5);
    assert.equal(run.count("born", "plc"), 1);
    assert.equal(run.count("died", "plc"), 0);
  });
});

describe("devices on one link", () => {
  it("do not wait for one whose gateway says that it does not answer", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7, 1: 1500 } } });
    const plain = config(server.port, [SETPOINT]);
    const [first] = "devices" in plain && Array.isArray(plain.devices) ? plain.devices : [];
    const alive = { ...first, tags: [{ ...SETPOINT, publish: "always" }] };
    const devices = [{ ...first, name: "missing", unit: 9 }, alive];
    await using run = await ModbusRun.start({ ...plain, devices });

    await run.until(() => run.count("changed", "plc") > 20);

    assert.equal(run.count("born", "missing"), 0);
    const complaints = run.log.filter(({ message }) => message === "device does not answer");
    assert.equal(complaints.filter(({ level }) => level === "warn").length, 1);
  });
});

describe("a write", () => {
  it("reports the value that was read back, not the one that was asked for", async () => {
    // A drive that takes every setpoint, and goes no faster than 100.
    let setpoint = 7;
    await using server = await openHostileServer((request) => {
      const { transactionId, pdu, socket } = request;
      if (pdu[0] === 6) setpoint = Math.min(100, pdu[4] ?? 0);
      socket.write(
        frame(transactionId, 1, pdu[0] === 6 ? [...pdu] : registersPdu(request, setpoint)),
      );
    });
    await using run = await ModbusRun.start(config(server.port, [SETPOINT]));
    await run.until(() => run.count("born", "plc") === 1);

    await run.write("plc", "Setpoint", 200);
    await run.until(() => run.readings("plc", "Setpoint").at(-1)?.value !== 7);

    assert.deepEqual(
      new Set(run.readings("plc", "Setpoint").map(({ value }) => value)),
      new Set([7, 100]),
    );
  });

  it("reads back long before a slow group is polled again", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7 } } });
    const groups = { fast: { interval: "1h" } };
    await using run = await ModbusRun.start(config(server.port, [SETPOINT], { groups }));
    await run.until(() => run.count("born", "plc") === 1);

    await run.write("plc", "Setpoint", -3);
    await run.until(() => run.readings("plc", "Setpoint").length === 2);

    assert.equal(run.readings("plc", "Setpoint").at(-1)?.value, -3);
  });

  it("reaches registers, coils and text", async () => {
    await using server = await openModbusServer({
      1: { hr: { 0: 7, 10: 0, 11: 0, 20: 0, 21: 0 }, co: { 3: 0 } },
    });
    const tags = [
      SETPOINT,
      {
        name: "Float",
        at: "hr:10",
        type: "float32",
        byteOrder: "CDAB",
        access: "rw",
        group: "fast",
      },
      { name: "Text", at: "hr:20/2", type: "string", access: "rw", group: "fast" },
      { name: "Valve", at: "co:3", access: "rw", group: "fast" },
    ];
    await using run = await ModbusRun.start(config(server.port, tags));
    await run.until(() => run.count("born", "plc") === 1);

    await Promise.all([
      run.write("plc", "Float", 23.5),
      run.write("plc", "Text", "ok"),
      run.write("plc", "Valve", true),
    ]);

    const memory = server.memory["1"];
    assert.deepEqual([memory?.hr?.["10"], memory?.hr?.["11"]], [0, 0x41bc]);
    assert.deepEqual([memory?.hr?.["20"], memory?.hr?.["21"]], [0x6f6b, 0]);
    assert.equal(memory?.co?.["3"], 1);
  });

  it("is refused when the device refuses", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7 } } });
    const hole = { name: "Hole", at: "hr:99", type: "int16", access: "rw", group: "fast" };
    await using run = await ModbusRun.start(config(server.port, [SETPOINT, hole]));
    await run.until(() => run.count("born", "plc") === 1);

    assert.partialDeepStrictEqual(await run.write("plc", "Hole", 1), {
      outcome: "exception_2",
      because: "plc Hole: the device answered exception 2",
    });
  });

  it("is unknown when no answer comes, and is not sent twice", async () => {
    let writes = 0;
    await using server = await openHostileServer((request) => {
      if (request.pdu[0] === 6) writes += 1;
      else request.socket.write(frame(request.transactionId, 1, registersPdu(request, 7)));
    });
    await using run = await ModbusRun.start(config(server.port, [SETPOINT]));
    await run.until(() => run.count("born", "plc") === 1);

    assert.partialDeepStrictEqual(await run.write("plc", "Setpoint", 1), {
      outcome: "timeout_unknown",
    });

    assert.equal(writes, 1);
  });

  it("is refused before a byte leaves when the device is not born", async () => {
    const asked = new Set<number | undefined>();
    await using server = await openHostileServer(({ pdu }) => asked.add(pdu[0]));
    await using run = await ModbusRun.start(impatientConfig(server.port, [SETPOINT]));
    await run.until(() => run.log.some(({ message }) => message === "device does not answer"));

    assert.partialDeepStrictEqual(await run.write("plc", "Setpoint", 1), {
      outcome: "rejected_offline",
    });
    assert.partialDeepStrictEqual(await run.write("plc", "Setpoint", 1.5), {
      outcome: "rejected_not_integer",
    });

    const connections = server.connections();
    await run.until(() => server.connections() > connections); // it is asked on, and nothing but reads
    assert.deepEqual(asked, new Set([3]));
  });

  it("is refused on a device that is read-only", async () => {
    await using server = await openModbusServer({ 1: { hr: { 0: 7 } } });
    await using run = await ModbusRun.start(config(server.port, [SETPOINT], { readOnly: true }));
    await run.until(() => run.count("born", "plc") === 1);

    assert.partialDeepStrictEqual(await run.write("plc", "Setpoint", 1), {
      outcome: "rejected_not_writable",
      because: "plc Setpoint: the device is readOnly",
    });
    assert.equal(server.memory["1"]?.hr?.["0"], 7);
  });
});

describe("unit 0 of a serial line", () => {
  it("is written to without an answer, and never read", async () => {
    await using server = await openHostile("rtu", () => undefined);
    const link = { framing: "rtuOverTcp", host: "127.0.0.1", port: server.port };
    const clock = { name: "Sync", at: "hr:7", type: "uint16", access: "w", group: "fast" };
    const groups = { fast: { interval: "20ms" } };
    const devices = [{ name: "all", unit: 0, readOnly: false, groups, tags: [clock] }];
    await using run = await ModbusRun.start({ link, devices });
    await run.until(() => run.count("born", "all") === 1);

    assert.equal((await run.write("all", "Sync", 5)).outcome, "ok_unverified");

    assert.deepEqual(
      server.requests.map(({ unit, pdu }) => [unit, ...pdu]),
      [[0, 6, 0, 7, 0, 5]],
    );
  });
});

describe("a peer that is no device", () => {
  it("is named when it does not speak Modbus", async () => {
    await using server = await openHostileServer(
      () => undefined,
      (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    await using run = await ModbusRun.start(config(server.port, [SETPOINT]));

    await run.until(() => run.log.filter(({ message }) => message === "link down").length === 2);

    const warnings = run.log.filter(
      ({ level, message }) => level === "warn" && message === "link down",
    );
    assert.equal(warnings.length, 1);
    const [warning] = warnings;
    assert.match(
      String(warning !== undefined && "cause" in warning.fields ? warning.fields.cause : ""),
      /the peer at 127.0.0.1:\d+ does not speak Modbus\/TCP \(got 48 54 54 50 /,
    );
    assert.equal(run.events.length, 0);
  });

  it("gets a new connection after it was silent for three requests", async () => {
    await using server = await openHostileServer(() => undefined);
    await using run = await ModbusRun.start(impatientConfig(server.port, [SETPOINT]));

    await run.until(() => run.log.filter(({ message }) => message === "connected").length === 2);

    assert.equal(server.connections(), 2);
    assert.equal(run.events.length, 0);
  });

  it("does not keep the adapter from stopping at once, in whatever state", async () => {
    await using silent = await openHostileServer(() => undefined);
    await using gone = await openHostileServer(() => undefined);
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    for (const where of [silent.port, port]) {
      const run = await ModbusRun.start(config(where, [SETPOINT]));
      await run.adapter.stop();
      const later = await ModbusRun.start(config(where, [SETPOINT]));
      await later.until(() => later.log.length > 0);
      await later.adapter.stop();
      await later.adapter.start();
      await later.adapter.stop();

      assert.equal(run.events.length + later.events.length, 0);
    }
  });
});
