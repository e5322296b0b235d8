/** A server that ends, resets, falls silent or freezes in each state of a device: what is said, and that it comes back. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { HOSTILE, type Behaviour, type HostileFraming } from "../../support/modbus-hostile.ts";
import { placeOf, liveValueOf } from "../../support/modbus-live-values.ts";
import { LiveRun, openLiveServer } from "../../support/modbus-live-server.ts";
import { ModbusRun } from "../../support/modbus-run.ts";

const FRAMINGS = [
  { framing: "mbap", kind: "tcp", name: "Modbus TCP" },
  { framing: "rtu", kind: "rtuOverTcp", name: "RTU over TCP" },
] as const;
const TROUBLES = { FIN: HOSTILE.fin, RST: HOSTILE.rst, silence: HOSTILE.silence } as const;

/** Soon dead, soon asked again. */
const IMPATIENT = {
  link: { timeout: "100ms", lateWindow: "200ms" },
  device: { offlineAfter: 2, offlineGrace: "50ms", probeEvery: "100ms", staleAfter: "150ms" },
  tags: [{ name: "setpoint", at: "hr:200", type: "uint16", publish: "onChange", access: "rw" }],
};

async function impatient(framing: HostileFraming, behave: Behaviour) {
  const server = await openLiveServer(framing, behave);
  const live = await LiveRun.start(server, framing, IMPATIENT);
  return {
    server,
    live,
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

for (const { framing, name: kind } of FRAMINGS) {
  for (const [name, trouble] of Object.entries(TROUBLES)) {
    describe(`${kind}: ${name}`, { concurrency: 4 }, () => {
      it("before the birth: nothing is said until the truth is", async () => {
        await using bench = await impatient(framing, trouble);
        const { server, live } = bench;
        await server.seen(4);
        assert.equal(live.run.events.length, 0);

        server.behave = HOSTILE.honest;
        await live.fresh(3);

        assert.deepEqual(live.wrong, []);
      });

      it("while polling: the devices die, and are born again with fresh values", async () => {
        await using bench = await impatient(framing, HOSTILE.honest);
        const { server, live } = bench;
        await live.fresh(2);

        server.behave = trouble;
        await live.run.until(() => live.deaths() >= 2);
        server.behave = HOSTILE.honest;
        await live.fresh(3);

        assert.deepEqual(live.wrong, []);
        assert.ok(live.run.count("born", "one") >= 2);
      });

      it("while writing: the fate is unknown, and the write is not sent again", async () => {
        let writes = 0;
        const onWrites: Behaviour = (request) => {
          if ((request.pdu[0] ?? 0) <= 4) return HOSTILE.honest(request);
          writes += 1;
          return trouble(request);
        };
        await using bench = await impatient(framing, onWrites);
        const { live } = bench;
        let outcome: string;
        do {
          await live.fresh(2);
          ({ outcome } = await live.run.write("one", "setpoint", 4711));
        } while (outcome === "rejected_offline"); // dead for a moment, on a busy machine
        await live.fresh(3);

        assert.equal(outcome, "timeout_unknown");
        assert.equal(writes, 1);
        assert.deepEqual(live.wrong, []);
      });

      it("while probing: the dead stay dead, and are born when they answer", async () => {
        await using bench = await impatient(framing, HOSTILE.honest);
        const { server, live } = bench;
        await live.fresh(1);
        server.behave = HOSTILE.silence;
        await live.run.until(() => live.deaths() >= 2);

        server.behave = trouble;
        const births = live.run.count("born", "one");
        await server.seen(server.requests.length + 4);
        assert.equal(live.run.count("born", "one"), births);
        server.behave = HOSTILE.honest;
        await live.fresh(3);

        assert.deepEqual(live.wrong, []);
      });
    });
  }
}

/** A server of its own process. */
async function spawnServer(framing: HostileFraming) {
  const file = new URL("../../support/modbus-live-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [file, framing], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const [said] = await once(child.stdout, "data");
  return {
    port: Number(String(said)),
    child,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function frozenConfig(port: number, kind: string): object {
  const tags = ["hr:0", "hr:100", "ir:0"].map((at) => ({
    name: at.replace(":", ""),
    at,
    type: "uint32",
    publish: "always",
  }));
  const setpoint = { name: "setpoint", at: "hr:200", type: "uint16", access: "rw" };
  const { device } = IMPATIENT;
  const groups = { fast: { interval: "20ms" } };
  const one = { name: "one", unit: 1, readOnly: false, groups, ...device };
  return {
    link: { framing: kind, host: "127.0.0.1", port, timeout: "250ms", lateWindow: "5s" },
    devices: [{ ...one, offlineAfter: 100, offlineGrace: "2s", tags: [...tags, setpoint] }],
  };
}

/** Values that are not of their tag, or older than one before them. */
function wrongIn(run: ModbusRun): readonly string[] {
  return ["hr:0", "hr:100", "ir:0"].flatMap((at) => {
    const good = run
      .readings("one", at.replace(":", ""))
      .filter(({ quality }) => quality === "good");
    const values = good.map(({ value }) => liveValueOf(Number(value)));
    return values.flatMap((value, index) => {
      const isOld = value.stamp < (values[index - 1]?.stamp ?? 0);
      return isOld || placeOf(value) !== `1 ${at}`
        ? [`${at}: ${placeOf(value)} ${value.stamp}`]
        : [];
    });
  });
}

for (const { framing, kind, name } of FRAMINGS) {
  describe(`${name}: a server that is frozen`, () => {
    it("while polling and writing: stale, then dead; thawed it is born, and no old answer counts", async () => {
      await using server = await spawnServer(framing);
      await using run = await ModbusRun.start(frozenConfig(server.port, kind));
      await run.until(() => run.count("changed", "one") > 10);

      server.child.kill("SIGSTOP");
      const write = run.write("one", "setpoint", 7);
      await run.until(() => run.count("died", "one") === 1);
      assert.equal((await write).outcome, "timeout_unknown");
      const lastWords = run.readings("one", "hr0").at(-1);
      server.child.kill("SIGCONT");
      await run.until(() => run.count("born", "one") === 2);
      const before = run.count("changed", "one");
      await run.until(() => run.count("changed", "one") > before + 20);

      assert.equal(lastWords?.quality, "stale");
      assert.equal(lastWords.reason, "timeout");
      assert.deepEqual(wrongIn(run), []);
    });

    it("before the birth and while probing: silent until it is thawed", async () => {
      await using server = await spawnServer(framing);
      server.child.kill("SIGSTOP");
      await using run = await ModbusRun.start(frozenConfig(server.port, kind));
      await run.until(() => run.log.some(({ message }) => message === "device does not answer"));
      assert.equal(run.events.length, 0);

      server.child.kill("SIGCONT");
      await run.until(() => run.count("changed", "one") > 20);

      assert.deepEqual(wrongIn(run), []);
    });
  });
}
