/** What becomes of findings: acknowledged, muted, over by themselves, and back again; over restarts. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { countsOf, FindingDesk } from "../../../hub/src/diagnostics/index.ts";
import type { Finding } from "../../../hub/src/finding.ts";
import type { AdapterAccount } from "../../../hub/src/supervisor/index.ts";
import { tempDir } from "../../support/hub.ts";
import { keepingLog } from "../../support/silent-log.ts";

const MINUTE = 60_000;

interface World {
  now: number;
  bornAt: number | undefined;
  lastAt: number;
  connectedAt: number | undefined;
  adapters: readonly AdapterAccount[];
  /** Instead of the one that is there otherwise. */
  findings: readonly Finding[] | undefined;
}

function finding({ lastAt }: World): Finding {
  return {
    code: "S04",
    title: "gap in seq",
    level: "warn",
    clientId: "press-4",
    address: "127.0.0.1:5",
    subject: "edge node P/gw",
    topic: "spBv1.0/P/NDATA/gw",
    because: "seq is 7",
    advice: "look",
    ids: [],
    head: "",
    count: 1,
    firstAt: 1000,
    lastAt,
  };
}

function openDesk(t: TestContext, dir = tempDir(t)) {
  const world: World = {
    now: 100_000,
    bornAt: undefined,
    lastAt: 100_000,
    connectedAt: undefined,
    adapters: [],
    findings: undefined,
  };
  const { log, lines } = keepingLog();
  const file = join(dir, "finding-marks.json");
  const desk = (): FindingDesk =>
    new FindingDesk({
      file,
      log,
      now: () => world.now,
      findings: () => world.findings ?? [finding(world)],
      facts: () => ({
        bornAt: () => world.bornAt,
        connectedAt: () => world.connectedAt,
        adapters: () => world.adapters,
        sinkWritesSince: () => undefined,
        isRecording: () => false,
      }),
    });
  return { world, desk, file, lines };
}

/** Of an adapter that runs, with one device. */
function account(state: "alive" | "dead", since: number): AdapterAccount {
  const device = { deviceId: "m1", state, since, lastError: undefined, deaths: 0 };
  return {
    adapter: "press",
    protocol: "modbus",
    groupId: "P",
    edgeNodeId: "gw",
    state: "running",
    since,
    lastError: undefined,
    restarts: 0,
    devices: [device],
    lacks: () => false,
  };
}

const KEY = { code: "S04", clientId: "press-4" };
const stateOf = (desk: FindingDesk) => desk.find(KEY)?.state;

describe("a finding", () => {
  it("stays acknowledged by whom it was, over a restart, until it is opened again", (t) => {
    const { desk } = openDesk(t);
    const first = desk();
    assert.equal(stateOf(first), "open");

    first.acknowledge(KEY, { by: "user:olga", note: "cable ordered" });

    const second = desk();
    assert.equal(stateOf(second), "acknowledged");
    const said = { by: "user:olga", at: 100_000, note: "cable ordered" };
    assert.deepEqual(second.find(KEY)?.acknowledged, said);
    second.openAgain(KEY);
    assert.equal(stateOf(desk()), "open");
  });

  it("is over by itself once its edge node is born again, and open again when it comes back, whoever had acknowledged it", (t) => {
    const { desk, world } = openDesk(t);
    const mine = desk();
    mine.acknowledge(KEY, { by: "user:olga", note: null });
    world.now += MINUTE;
    world.bornAt = world.now - 20_000;

    assert.equal(stateOf(mine), "resolved");
    world.bornAt = undefined; // it left, which undoes nothing
    assert.equal(stateOf(desk()), "resolved");
    assert.equal(mine.find(KEY)?.acknowledged, null);

    world.now += MINUTE;
    world.lastAt = world.now;
    assert.equal(stateOf(mine), "open");
    assert.equal(stateOf(desk()), "open");
  });

  it("that is muted is in no other count until its time is over or somebody lifts it", (t) => {
    const { desk, world } = openDesk(t);
    const mine = desk();
    mine.acknowledge(KEY, { by: "user:olga", note: null });
    const until = world.now + 60 * MINUTE;

    mine.mute(KEY, { by: "user:ivan", until });

    const muted = { by: "user:ivan", at: world.now, until };
    assert.deepEqual(desk().find(KEY)?.muted, muted);
    const none = { open: 0, acknowledged: 0, resolved: 0, problems: 0 };
    assert.deepEqual(countsOf(desk().groups()), { ...none, muted: 1 });
    world.now = until;
    assert.equal(desk().find(KEY)?.muted, null);
    assert.equal(stateOf(mine), "acknowledged");
    mine.mute(KEY, { by: "user:ivan", until: until + MINUTE });
    mine.unmute(KEY);
    assert.deepEqual(countsOf(desk().groups()), { ...none, acknowledged: 1, muted: 0 });
  });

  it("that somebody knows of stays so for longer than marks are kept, and whatever else is over meanwhile", (t) => {
    const { desk, world } = openDesk(t);
    const mine = desk();
    mine.acknowledge(KEY, { by: "user:olga", note: null });
    const gap = finding(world);
    const many = Array.from({ length: 5000 }, (_, at) => `client-${at}`);
    world.findings = [gap, ...many.map((clientId) => ({ ...gap, code: "C03", clientId }))];
    world.now += 31 * 24 * 60 * MINUTE;
    world.connectedAt = world.now - MINUTE;

    mine.look();

    assert.equal(mine.find({ code: "C03", clientId: "client-4999" })?.state, "resolved");
    assert.equal(stateOf(mine), "acknowledged");
    assert.equal(stateOf(desk()), "acknowledged");
  });

  it("of a device that somebody knew of is another one when the device was well after a restart of the hub", (t) => {
    const { desk, world } = openDesk(t);
    const key = { code: "ADAPTER-DEVICE", clientId: "device P/gw/m1" };
    const dead = { ...finding(world), ...key, subject: key.clientId };
    world.findings = [dead];
    desk().acknowledge(key, { by: "user:olga", note: null });

    world.findings = [];
    const second = desk();
    second.look(); // nothing is known of the device yet
    world.adapters = [account("dead", world.now)];
    world.findings = [dead];
    assert.equal(second.find(key)?.state, "acknowledged");
    world.findings = [];
    world.now += MINUTE;
    world.adapters = [account("alive", world.now)];
    second.look();
    world.now += MINUTE;
    world.adapters = [account("dead", world.now)];
    world.findings = [{ ...dead, firstAt: world.now, lastAt: world.now }];

    assert.equal(second.find(key)?.state, "open");
  });

  it("is over also when the clock was set back before its end", (t) => {
    const { desk, world } = openDesk(t);
    const clientId = "device P/gw/m1";
    world.findings = [{ ...finding(world), code: "ADAPTER-DEVICE", clientId, subject: clientId }];
    world.adapters = [account("alive", world.now - MINUTE)];

    assert.equal(desk().groups()[0]?.state, "resolved");
  });

  it("is open when what people said cannot be read, which is told", (t) => {
    const { desk, file, lines } = openDesk(t);
    writeFileSync(file, "no JSON");

    assert.equal(stateOf(desk()), "open");
    assert.match(JSON.stringify(lines), /it begins anew/);
  });
});
