import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConnectingClient } from "../../../../hub/src/broker/index.ts";
import { AwareServer } from "../../../../hub/src/namespace/index.ts";
import { NodeSessions, UnsTree } from "../../../../hub/src/tree/index.ts";
import { keepingLog } from "../../../support/silent-log.ts";
import { dbirth, nbirth, speed } from "../../../support/sparkplug-messages.ts";

const CLIENT: ConnectingClient = {
  clientId: "gw",
  username: undefined,
  password: undefined,
  address: "10.0.0.7:50000",
  protocol: "5",
  clean: true,
  keepAliveSeconds: 30,
  sessionExpirySeconds: 0,
  will: undefined,
};

function openServer() {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  const config = {
    profile: "observe",
    rules: {},
    ndeathTimestamp: "server",
    rebirthShield: { window: 5000 },
    liveCertificates: { refresh: 3_600_000 },
  } as const;
  const asked: string[] = [];
  const aware = new AwareServer({
    config,
    tree,
    sessions,
    hostId: "hub",
    log: keepingLog().log,
    now: () => 1,
    broker: () => ({
      publish: () => Promise.resolve(),
      hasReceivers: (topic) => {
        asked.push(topic);
        return false;
      },
      retained: () => [],
    }),
    hostOf: () => undefined,
  });
  return { aware, sessions, asked };
}

describe("an aware server", () => {
  it("hears births, deaths and node commands, and never data, whatever is asked of it", () => {
    const { aware } = openServer();
    const heard = (type: string, device = ""): boolean =>
      aware.watcher(`spBv1.0/g/${type}/e${device}`, CLIENT) !== undefined;

    assert.deepEqual(
      [heard("NBIRTH"), heard("DBIRTH", "/d"), heard("NDEATH"), heard("NCMD")],
      [true, true, true, true],
    );
    assert.deepEqual(
      [heard("NDATA"), heard("DDATA", "/d"), heard("DDEATH", "/d"), heard("DCMD", "/d")],
      [false, false, false, false],
    );
    assert.equal(aware.watcher("spBv1.0/STATE/h", CLIENT), undefined);
    assert.equal(aware.watcher("plain/topic", CLIENT), undefined);
  });

  it("does nothing about values while nobody is subscribed", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    const { aware, sessions, asked } = openServer();
    aware.live.start();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    t.mock.timers.tick(1000);
    const afterBirths = asked.length;

    for (let seq = 2; seq < 250; seq += 1) sessions.apply(speed(seq, seq));
    t.mock.timers.tick(1000);

    assert.ok(afterBirths > 0);
    assert.equal(asked.length, afterBirths);
    aware.live.stop();
  });
});
