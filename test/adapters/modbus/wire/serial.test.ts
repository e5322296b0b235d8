/** RTU on a real serial line: a pair of ptys. Needs `socat`, which is skipped with a word when it is missing. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { systemClock } from "../../../../adapters/modbus/src/clock.ts";
import { ModbusError } from "../../../../adapters/modbus/src/errors.ts";
import type { SerialLinkConfig } from "../../../../adapters/modbus/src/wire/link-config.ts";
import { encodeRequest } from "../../../../adapters/modbus/src/wire/pdu.ts";
import { lineSettings } from "../../../../adapters/modbus/src/wire/serial/own-port.ts";
import { lockPort } from "../../../../adapters/modbus/src/wire/serial/port-lock.ts";
import { HOSTILE, trueData } from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import { ask, LinkRun } from "../../../support/modbus-wire.ts";
import { openSerialPair, type SerialPair } from "../../../support/serial-pair.ts";

const hasSocat = spawnSync("socat", ["-V"]).status === 0;
const skip = hasSocat && process.platform === "linux" ? false : "needs Linux and socat";
const TRUE = hexOf(trueData(1, 0, 2));

function serial(pair: SerialPair, wishes: Partial<SerialLinkConfig> = {}): SerialLinkConfig {
  return { framing: "rtu", path: pair.path, baud: 115_200, ...wishes };
}

for (const driver of ["own", "serialport"] as const) {
  describe(`an RTU link on a serial port, driver ${driver}`, { skip }, () => {
    it("reads, writes and takes noise", async () => {
      await using pair = await openSerialPair();
      await using run = await LinkRun.up(serial(pair, { driver }), systemClock);
      const write = encodeRequest({ functionCode: 6, start: 2, word: 7 });

      assert.equal(await run.read(0, 2), TRUE);
      assert.equal(await run.read(0, 125), hexOf(trueData(1, 0, 125)));
      assert.equal(await run.send(ask(1, write)), "written");
      pair.behave = HOSTILE.noiseBefore;
      assert.equal(await run.read(0, 2), TRUE);
      pair.behave = HOSTILE.bytewise;
      assert.equal(await run.read(0, 2), TRUE);
    });

    it("does not stall in 300 requests", async () => {
      await using pair = await openSerialPair();
      await using run = await LinkRun.up(serial(pair, { driver }), systemClock);

      for (let round = 0; round < 300; round += 1)
        assert.equal(await run.read(round, 3), hexOf(trueData(1, round, 3)));

      assert.equal(run.link.counters.timeouts, 0);
    });

    it("says which driver is in use", async () => {
      await using pair = await openSerialPair();
      await using run = await LinkRun.up(serial(pair, { driver }), systemClock);

      const said = run.log.find(({ message }) => message === "serial port driver");

      assert.deepEqual(said?.fields, { port: pair.path, driver });
    });
  });
}

describe("an RTU link on a serial port, transport modbus-serial", { skip }, () => {
  it("reads, writes and does not stall", async () => {
    await using pair = await openSerialPair();
    await using run = await LinkRun.up(serial(pair, { transport: "modbus-serial" }), systemClock);
    const write = encodeRequest({ functionCode: 6, start: 2, word: 7 });

    assert.equal(await run.send(ask(1, write)), "written");
    for (let round = 0; round < 50; round += 1)
      assert.equal(await run.read(round, 3), hexOf(trueData(1, round, 3)));

    assert.equal(run.link.counters.timeouts, 0);
  });
});

async function readInWorker(path: string, driver: string): Promise<unknown> {
  const file = new URL("../../../support/serial-worker.ts", import.meta.url);
  const worker = new Worker(file, { workerData: { path, driver } });
  const [[said]] = await Promise.all([once(worker, "message"), once(worker, "exit")]); // both may come at once
  return said;
}

describe("a serial port in a worker thread, where adapters live", { skip }, () => {
  it("works with our own driver", async () => {
    await using pair = await openSerialPair();

    assert.equal(await readInWorker(pair.path, "own"), TRUE);
  });

  it("is refused with serialport, which would end the process", async () => {
    await using pair = await openSerialPair();

    assert.match(
      String(await readInWorker(pair.path, "serialport")),
      /would end the whole process/,
    );
  });
});

describe("a serial port of our own", { skip }, () => {
  it("passes every byte as it is", async () => {
    await using pair = await openSerialPair();
    await using run = await LinkRun.up(serial(pair), systemClock);
    const values = Uint8Array.from({ length: 246 }, (_, index) => index + 7);
    const write = (bytes: Uint8Array): Promise<string> =>
      run.send(ask(1, encodeRequest({ functionCode: 16, start: 0, bytes })));

    // 0 to 12: NUL, ^C, ^D, LF, CR and their like.
    assert.equal(await write(Uint8Array.from({ length: 14 }, (_, index) => index)), "written");
    assert.equal(await write(values), "written");

    assert.equal(hexOf(pair.requests[1]?.pdu.subarray(6) ?? new Uint8Array()), hexOf(values));
  });

  it("loses the link when the adapter is pulled out, and opens it again under the same name", async () => {
    await using pair = await openSerialPair();
    const reconnect = { firstMs: 20, longestMs: 20, healthyAfterMs: 0 };
    await using run = await LinkRun.up(serial(pair, { reconnect }), systemClock);
    assert.equal(await run.read(0, 2), TRUE);

    // asked at once: the next try, which finds no port, may come before the line has gone on our side
    const lost = run.until("backoff").then(() => run.link.lastError?.code);
    await pair.unplug();
    assert.equal(await lost, "LINK_LOST");
    await pair.plug();
    await run.until("up");

    assert.equal(await run.read(0, 2), TRUE);
  });

  it("lets nobody else have the port, and gives it back when it stops", async () => {
    await using pair = await openSerialPair();
    const run = await LinkRun.up(serial(pair), systemClock);
    const device = realpathSync(pair.path);

    assert.throws(() => lockPort(device), /is in use by another link of this process/);

    await run.link.stop();
    lockPort(device)();
  });

  it("says what is wrong with a path", async () => {
    await using missing = new LinkRun({ framing: "rtu", path: "/dev/serial/none", baud: 9600 });
    await using file = new LinkRun({ framing: "rtu", path: import.meta.filename, baud: 9600 });
    await Promise.all([missing.until("backoff"), file.until("backoff")]);

    assert.match(
      missing.link.lastError?.message ?? "",
      /there is no serial port \/dev\/serial\/none/,
    );
    assert.match(file.link.lastError?.message ?? "", /serial\.test\.ts is not a serial port/);
  });

  it("says when a port refuses its settings", async () => {
    await using pair = await openSerialPair();
    await using run = new LinkRun(serial(pair, { baud: 12_345 }));

    await run.until("backoff");

    assert.match(run.link.lastError?.message ?? "", /refuses its settings: .*12345/);
  });

  it("tells stty the line's settings", () => {
    const config = { framing: "rtu", path: "x", baud: 9600, parity: "even", stopBits: 2 } as const;

    const settings = lineSettings(config);

    for (const word of ["9600", "raw", "clocal", "cs8", "parenb", "-parodd", "cstopb"])
      assert.ok(settings.includes(word), word);
  });
});

function withFolder(test: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "unshub-lock-"));
  try {
    test(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plant(folder: string, owner: string, ageMs: number): void {
  const file = join(folder, "LCK..zero");
  writeFileSync(file, owner);
  const at = (Date.now() - ageMs) / 1000;
  utimesSync(file, at, at);
}

describe("the lock of a serial port", { skip: process.platform !== "linux" }, () => {
  it("names its owner and goes away when it is given back", () => {
    withFolder((folder) => {
      const file = join(folder, "LCK..ttyS99");
      const unlock = lockPort("/dev/ttyS99", folder);

      assert.equal(Number(readFileSync(file, "utf8")), process.pid);

      unlock();
      assert.throws(() => readFileSync(file), /ENOENT/);
    });
  });

  it("is stale when its owner is gone, does not have the port open, or is nobody", () => {
    withFolder((folder) => {
      for (const owner of ["4194304", String(process.pid), "nonsense"]) {
        plant(folder, owner, 60_000);

        lockPort("/dev/zero", folder)();
      }
    });
  });

  it("holds while its owner has the port open, and while it may be about to", () => {
    withFolder((folder) => {
      const refuses = (): void =>
        assert.throws(
          () => lockPort("/dev/zero", folder),
          (error) => error instanceof ModbusError && error.code === "PORT_FAILED",
        );
      plant(folder, String(process.pid), 0);
      refuses();
      plant(folder, String(process.pid), 60_000);
      // /dev/zero is as good as a port here: what counts is who has it open.
      const fd = openSync("/dev/zero", "r");
      refuses();

      closeSync(fd);

      lockPort("/dev/zero", folder)();
    });
  });
});
