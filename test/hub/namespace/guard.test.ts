import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConnectingClient, Verdict } from "../../../hub/src/broker/index.ts";
import type { NamespaceConfig } from "../../../hub/src/config/index.ts";
import { Guard } from "../../../hub/src/namespace/index.ts";
import { keepingLog } from "../../support/silent-log.ts";

const CLIENT: ConnectingClient = {
  clientId: "press-7",
  username: undefined,
  password: undefined,
  address: "10.0.0.7:50000",
  protocol: "5",
  clean: true,
  keepAliveSeconds: 30,
  sessionExpirySeconds: 0,
  will: undefined,
};

function openGuard(
  sparkplug: Partial<NamespaceConfig["sparkplug"]>,
  otherTopics: "allow" | "reject" = "allow",
) {
  const { log, lines } = keepingLog();
  const guard = new Guard({
    config: { sparkplug: { profile: "observe", rules: {}, ...sparkplug }, otherTopics },
    hostId: "plant1",
    log,
    now: () => 1,
    born: () => undefined,
    endClient: () => undefined,
  });
  const judge = (topic: string): Verdict =>
    guard.watch(topic, CLIENT)?.take({
      topic,
      payload: new Uint8Array(),
      qos: 0,
      retain: false,
      clientId: CLIENT.clientId,
      receivedAt: 1,
    }) ?? { allow: true };
  return { guard, judge, lines };
}

describe("the guard", () => {
  it("hears nothing of topics that are not Sparkplug's, from clients that are neither edge node nor host", () => {
    const { judge, guard } = openGuard({ profile: "strict" });

    assert.equal(guard.watch("factory/temp", CLIENT), undefined);
    assert.deepEqual(judge("factory/temp"), { allow: true });
    assert.deepEqual(guard.findings(), []);
  });

  it("counts a broken topic per client and lets it pass when it only observes", () => {
    const { judge, guard, lines } = openGuard({});

    judge("spBv1.0/g/nbirth/e");
    const verdict = judge("spBv1.0/g/nbirth/e");

    assert.deepEqual(verdict, { allow: true });
    const [finding] = guard.findings();
    assert.deepEqual([finding?.code, finding?.clientId, finding?.count], ["T03", "press-7", 2]);
    assert.deepEqual(
      lines.map((line) => line.level),
      ["info"],
    );
  });

  it("refuses it with MQTT's reason code and the sentence when strict", () => {
    const verdict = openGuard({ profile: "strict" }).judge("spBv1.0/g/DDATA/e");

    assert.ok(!verdict.allow);
    assert.equal(verdict.reasonCode, 0x90);
    assert.match(verdict.because, /T04: the device id is missing after DDATA/);
  });

  it("follows a rule of its own before the profile, and warns once per client", () => {
    const { judge, lines } = openGuard({ profile: "strict", rules: { T03: "warn", T04: "off" } });

    assert.ok(judge("spBv1.0/g/nbirth/e").allow);
    assert.ok(judge("spBv1.0/g/nbirth/e").allow);
    assert.ok(judge("spBv1.0/g/DDATA/e").allow);

    assert.deepEqual(
      lines.map((line) => line.level),
      ["warn"],
    );
  });

  it("keeps the server's own topics from everybody, whatever the profile", () => {
    const { judge } = openGuard({});

    for (const topic of [
      "$sparkplug/certificates/spBv1.0/g/NBIRTH/e",
      "$SYS/broker/uptime",
      "$UNS/findings/T01/press-7",
      "spBv1.0/STATE/plant1",
    ]) {
      const verdict = judge(topic);
      assert.ok(!verdict.allow);
      assert.equal(verdict.reasonCode, 0x87);
    }
  });

  it("refuses other topics when told to, Wills too", () => {
    const { guard, judge } = openGuard({}, "reject");
    const will = {
      topic: "factory/gone",
      payload: new Uint8Array(),
      qos: 0,
      retain: false,
    } as const;

    assert.ok(!judge("factory/temp").allow);
    assert.ok(!guard.mayConnect({ ...CLIENT, will }).allow);
  });
});
