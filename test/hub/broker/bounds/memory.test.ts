/** What the MQTT server does as memory gets short: F-memory. */
import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { MemoryRoom } from "../../../../hub/src/broker/memory-room.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { startTestBroker } from "../../../support/mqtt-broker.ts";
import { RawClient } from "../../../support/mqtt-raw-client.ts";

const MIB = 1024 * 1024;
const LIMIT = 100 * MIB;
/** The sweep of the engine has looked. */
const LOOK_MS = 500;

describe("a hub short of memory", { timeout: 180_000 }, () => {
  it("lets nobody new in from 70 % on, but who is there already, and the hub's own edge nodes", async () => {
    await using plant = await startedWith(30);
    const { hub, use } = plant;
    await using one = await RawClient.connected(hub.port, { clientId: "1" });

    use(69);
    assert.equal(hub.broker.isShortOfMemory, false);
    use(70);

    assert.equal(hub.broker.isShortOfMemory, true);
    await using five = await RawClient.open(hub.port, 5);
    assert.equal((await five.connect({ clientId: "5" })).reasonCode, 0x88);
    await using four = await RawClient.open(hub.port);
    assert.equal((await four.connect({ clientId: "4" })).returnCode, 3);
    await using again = await RawClient.open(hub.port);
    assert.equal((await again.connect({ clientId: "1" })).returnCode, 0);
    await one.closed;
    const [ours, brokers] = duplexPair();
    hub.broker.attach(brokers);
    await using own = new RawClient(ours);
    assert.equal((await own.connect({ clientId: "own" })).returnCode, 0);
  });

  it("says so once, and lets clients in again below 65 %", async () => {
    await using plant = await startedWith(30);
    const { hub, use } = plant;
    await using one = await RawClient.connected(hub.port, { clientId: "1" });
    const levels = (): readonly string[] =>
      hub.log.all.filter(({ fields }) => "limitBytes" in fields).map(({ level }) => level);
    use(71);
    use(72);
    use(66);
    assert.equal(hub.broker.isShortOfMemory, true);
    assert.deepEqual(levels(), ["warn"]);

    use(64);

    assert.deepEqual(levels(), ["warn", "info"]);
    await using client = await RawClient.open(hub.port);
    assert.equal((await client.connect()).returnCode, 0);
    await one.ping();
  });

  it("lets as many come back as there were, whatever is still in use", async () => {
    await using plant = await startedWith(30);
    const { hub, use } = plant;
    await using one = await RawClient.connected(hub.port, { clientId: "1" });
    await using two = await RawClient.connected(hub.port, { clientId: "2" });
    use(75);
    two.vanish();
    await hub.disconnected.next();
    use(76);

    await using again = await RawClient.open(hub.port);
    assert.equal((await again.connect({ clientId: "2" })).returnCode, 0);
    await using three = await RawClient.open(hub.port);
    assert.equal((await three.connect({ clientId: "3" })).returnCode, 3);
    await one.ping();
  });

  it("is so no longer when all have gone, for what is in use then is not theirs", async () => {
    await using plant = await startedWith(30);
    const { hub, use } = plant;
    const one = await RawClient.connected(hub.port, { clientId: "1" });
    use(95);
    assert.equal(hub.broker.isShortOfMemory, true);
    one.vanish();
    await hub.disconnected.next();

    use(95);

    assert.equal(hub.broker.isShortOfMemory, false);
    await using client = await RawClient.open(hub.port);
    assert.equal((await client.connect()).returnCode, 0);
  });

  it("is so 10 % above what the hub takes with nobody there, where that is much", async () => {
    await using plant = await startedWith(72);
    const { hub, use } = plant;
    await using one = await RawClient.connected(hub.port, { clientId: "1" });
    const isShort = [81, 83, 78, 76].map((percent) => {
      use(percent);
      return hub.broker.isShortOfMemory;
    });

    assert.deepEqual(isShort, [false, true, true, false]);
    await one.ping();
  });

  it("lets less wait for those who read slowly from 80 % on, and still less from 90 % on", () => {
    let percent = 79;
    const room = new MemoryRoom({
      limits: { maxMemoryBytes: LIMIT, maxOutgoingBytes: 64 * MIB },
      log: SILENT,
      usedBytes: () => (LIMIT * percent) / 100,
    });
    const waiting = [79, 80, 89, 90, 120, 10].map((used) => {
      percent = used;
      room.look(1);
      return room.outgoingBytes / MIB;
    });

    assert.deepEqual(waiting, [64, 16, 16, 4, 4, 64]);
  });

  it("knows by itself what it has and uses", () => {
    const room = new MemoryRoom({
      limits: { maxMemoryBytes: MIB, maxOutgoingBytes: MIB },
      log: SILENT,
    });

    room.look(1);

    assert.equal(room.isShort, true);
  });
});

async function startedWith(percent: number) {
  const clock = new ManualClock();
  let used = percent;
  const hub = await startTestBroker({
    clock,
    limits: { maxMemoryBytes: LIMIT },
    usedMemory: () => (LIMIT * used) / 100,
  });
  clock.pass(LOOK_MS);
  return {
    hub,
    use: (percentNow: number): void => {
      used = percentNow;
      clock.pass(LOOK_MS);
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

const silent = (): void => undefined;
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

/** A room whose process has nearly nothing of its memory, and this share of its heap. */
function withHeap(usedOfHeap: number): { readonly memory: MemoryRoom; readonly told: unknown[] } {
  const told: unknown[] = [];
  const say = (fields: object): void => void told.push(fields);
  const memory = new MemoryRoom({
    limits: { maxMemoryBytes: 100 * LIMIT, maxOutgoingBytes: 64 * MIB },
    log: { debug: say, info: say, warn: say, error: say },
    usedBytes: () => LIMIT / 100,
    heap: () => ({ usedBytes: usedOfHeap * LIMIT, limitBytes: LIMIT }),
  });
  memory.look(1);
  return { memory, told };
}

describe("the heap of a hub that may have more memory than V8 gives it", () => {
  it("is what is short when it is fuller than the memory, which is told once", () => {
    const { memory, told } = withHeap(0.81);
    memory.look(1);

    assert.equal(memory.isShort, true);
    assert.equal(memory.outgoingBytes, 16 * MIB);
    const told81 = { usedBytes: 0.81 * LIMIT, limitBytes: LIMIT, of: "heap", clients: 1 };
    assert.deepEqual(told, [told81]);
  });

  it("is not short below 70 % of its own limit", () => {
    assert.equal(withHeap(0.69).memory.isShort, false);
  });
});
