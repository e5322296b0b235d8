import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConnectingClient, Verdict } from "../../../hub/src/broker/index.ts";
import type { NamespaceConfig } from "../../../hub/src/config/index.ts";
import { certificateOf, Guard } from "../../../hub/src/namespace/index.ts";
import { keepingLog } from "../../support/silent-log.ts";
import { dbirth, speed } from "../../support/sparkplug-messages.ts";

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
  });
  const judge = (topic: string): Verdict =>
    guard.judge(CLIENT, { topic, payload: new Uint8Array(), qos: 0, retain: false });
  return { guard, judge, lines };
}

describe("the guard", () => {
  it("lets Sparkplug's and other topics pass", () => {
    const { judge, guard } = openGuard({ profile: "strict" });

    for (const topic of ["spBv1.0/g/NBIRTH/e", "spBv1.0/STATE/h", "factory/temp"]) {
      assert.deepEqual(judge(topic), { allow: true });
    }
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
      "spBv1.0/STATE/plant1",
    ]) {
      const verdict = judge(topic);
      assert.ok(!verdict.allow);
      assert.equal(verdict.reasonCode, 0x87);
    }
  });

  it("refuses other topics when told to", () => {
    assert.ok(!openGuard({}, "reject").judge("factory/temp").allow);
  });
});

describe("birth certificates", () => {
  it("are the birth's bytes, retained, under $sparkplug", () => {
    const birth = dbirth();

    assert.deepEqual(certificateOf(birth), {
      topic: "$sparkplug/certificates/spBv1.0/g/DBIRTH/e/d",
      payload: birth.payload,
      qos: 1,
      retain: true,
    });
  });

  it("are made of births only", () => {
    assert.equal(certificateOf(speed(1, 2)), undefined);
  });
});
