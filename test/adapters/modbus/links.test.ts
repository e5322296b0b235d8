import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSimulation, type RunningSimulation } from "../../support/modbus-simulation.ts";
import { ModbusRun } from "../../support/modbus-run.ts";
import modbus from "@unshub/adapter-modbus";

const TAG = { name: "Speed", at: "hr:1", type: "uint16", group: "fast" };
const WRITABLE = { readOnly: false, tags: [{ ...TAG, access: "rw", verifyAfter: "0ms" }] };

function device(name: string, fields: object = {}): object {
  return { name, unit: 1, groups: { fast: { interval: "50ms" } }, tags: [TAG], ...fields };
}

/** A PLC of its own, with its own port. */
function plc(): Promise<RunningSimulation> {
  return openSimulation({ devices: [device("plc", WRITABLE)] });
}

function linkTo({ port }: RunningSimulation, ...devices: readonly object[]): object {
  const link = { host: "127.0.0.1", port, timeout: "5s", reconnect: { first: "50ms" } };
  return { link, devices: devices.map((each) => ({ offlineGrace: "100ms", ...each })) };
}

/** Applies a new configuration to what runs. */
async function reload(run: ModbusRun, links: readonly object[]) {
  return await run.adapter.reload?.(modbus.parseConfig({ links }));
}

describe("an adapter with several links", () => {
  it("lets the devices of one link die while those of the others go on", async () => {
    await using first = await plc();
    await using second = await plc();
    const links = [linkTo(first, device("a")), linkTo(second, device("b"))];
    await using run = await ModbusRun.start({ links });
    await run.until(() => run.count("born", "a") + run.count("born", "b") === 2);

    await first.simulation.stop();
    await run.until(() => run.count("died", "a") === 1);

    const states = run.adapter
      .diagnostics()
      .devices.map(({ deviceId, state }) => [deviceId, state]);
    assert.deepEqual(Object.fromEntries(states), { a: "offline", b: "online" });
    assert.equal(run.count("died", "b"), 0);
    assert.deepEqual(
      run.adapter.diagnostics().links.map(({ name }) => name),
      [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`],
    );
  });

  it("asks over one connection for the devices of links that share it", async () => {
    await using only = await plc();
    const shared = (name: string): object => {
      const linked = linkTo(only, device(name, WRITABLE));
      return { ...linked, link: { ...Reflect.get(linked, "link"), connection: "shared" } };
    };
    await using run = await ModbusRun.start({ links: [shared("a"), shared("b")] });
    await run.until(() => run.count("born", "a") + run.count("born", "b") === 2);

    assert.equal((await run.write("b", "Speed", 6)).outcome, "ok");

    const { links, devices } = run.adapter.diagnostics();
    assert.equal(links.length, 1);
    assert.deepEqual([...new Set(devices.map(({ link }) => link))], [`127.0.0.1:${only.port}`]);
    assert.equal(links[0]?.counters["connects"], 1);
  });

  it("writes to the device that is meant, and traces the link that is named", async () => {
    await using first = await plc();
    await using second = await plc();
    const links = [linkTo(first, device("a", WRITABLE)), linkTo(second, device("b", WRITABLE))];
    await using run = await ModbusRun.start({ links });
    await run.until(() => run.count("born", "a") + run.count("born", "b") === 2);
    run.adapter.setTrace?.(`127.0.0.1:${second.port}`, true);

    const results = await run.adapter.write([
      { deviceId: "b", metric: "Speed", value: 77 },
      { deviceId: "c", metric: "Speed", value: 1 },
    ]);

    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ["ok", "rejected_unknown_metric"],
    );
    const sent = run.adapter.trace?.(`127.0.0.1:${second.port}`) ?? [];
    assert.ok(sent.length > 0);
    assert.deepEqual(run.adapter.trace?.(`127.0.0.1:${first.port}`), []);
    assert.equal(run.adapter.setTrace?.("nowhere:502", true), false);
    assert.equal(run.adapter.trace?.("nowhere:502"), undefined);
  });

  it("takes links away and adds others while the rest goes on", async () => {
    await using first = await plc();
    await using second = await plc();
    await using third = await plc();
    const stays = linkTo(second, device("b"));
    await using run = await ModbusRun.start({ links: [linkTo(first, device("a")), stays] });
    await run.until(() => run.count("born", "a") + run.count("born", "b") === 2);

    const report = await reload(run, [stays, linkTo(third, device("c"))]);

    await run.until(() => run.count("born", "c") === 1);
    assert.deepEqual(report, {
      added: ["c"],
      removed: ["a"],
      reborn: [],
      reconnected: [`127.0.0.1:${third.port}`],
      adjustedTags: 0,
    });
    assert.equal(run.count("died", "a"), 1);
    assert.equal(run.count("born", "b"), 1);
    assert.equal(run.count("died", "b"), 0);
  });

  it("bears a device again that has another link from now on, without a death", async () => {
    await using first = await plc();
    await using second = await plc();
    const before = [linkTo(first, device("a"), device("m")), linkTo(second, device("b"))];
    await using run = await ModbusRun.start({ links: before });
    await run.until(() => run.events.filter(({ kind }) => kind === "born").length === 3);

    const report = await reload(run, [
      linkTo(first, device("a")),
      linkTo(second, device("b"), device("m")),
    ]);

    await run.until(() => run.count("born", "m") === 2);
    assert.deepEqual([report?.added, report?.removed, report?.reborn], [[], [], ["m"]]);
    const counts = ["a", "b", "m"].map((name) => [
      run.count("born", name),
      run.count("died", name),
    ]);
    assert.deepEqual(counts, [
      [1, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  it("follows a link to its new address", async () => {
    await using first = await plc();
    await using second = await plc();
    await using third = await plc();
    const stays = linkTo(second, device("b"));
    await using run = await ModbusRun.start({ links: [linkTo(first, device("a")), stays] });
    await run.until(() => run.count("born", "a") + run.count("born", "b") === 2);

    const report = await reload(run, [linkTo(third, device("a")), stays]);

    await run.until(() => run.count("born", "a") === 2);
    assert.deepEqual(report?.reborn, ["a"]);
    assert.deepEqual(report?.reconnected, [`127.0.0.1:${third.port}`]);
    assert.equal(run.count("died", "a"), 0);
    assert.equal(run.count("born", "b"), 1);
  });

  it("is simulated with a server for each link", async () => {
    const links = [
      { link: { host: "10.0.0.1" }, devices: [device("a")] },
      { link: { host: "10.0.0.2" }, devices: [device("b")] },
    ];
    const simulation = await modbus.simulate?.(modbus.parseConfig({ links }), {
      host: "127.0.0.1",
      portOf: () => 0,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      now: () => 0,
      random: () => 0.5,
    });

    assert.deepEqual(
      simulation?.servers.map(({ deviceIds, settings }) => [deviceIds, settings[1]?.path]),
      [
        [["a"], ["links", 0, "link", "port"]],
        [["b"], ["links", 1, "link", "port"]],
      ],
    );
    await simulation?.stop();
  });
});
