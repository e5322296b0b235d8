/** What is found of refused messages, and that nobody pushes it out of memory, or for good out of sight. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConnectingClient, RefusedPublish } from "../../../hub/src/broker/index.ts";
import { ClientFindings } from "../../../hub/src/diagnostics/index.ts";

const REFUSAL: RefusedPublish = { allow: false, reasonCode: 0x87, because: "no grant" };

function client(clientId: string): ConnectingClient {
  return {
    clientId,
    username: undefined,
    password: undefined,
    address: "10.0.0.7:5000",
    protocol: "5",
    clean: true,
    keepAliveSeconds: 60,
    sessionExpirySeconds: 0,
    will: undefined,
  };
}

describe("refused messages", () => {
  it("are found by why they were, once a client and cause; those that a rule of the guard refused, by the guard", () => {
    const findings = new ClientFindings(() => 1000);
    const laptop = client("laptop");

    findings.wasRefused(laptop, "foo/bar", { ...REFUSAL, countedAs: "namespace" });
    findings.wasRefused(laptop, "spBv1.0/g/XDATA/e", { ...REFUSAL, countedAs: "namespace" });
    findings.wasRefused(laptop, "mes/x", { ...REFUSAL, countedAs: "acl" });
    findings.wasRefused(laptop, "mes/y", { ...REFUSAL, countedAs: "acl" });
    findings.wasRefused(laptop, "acme/plant", REFUSAL);

    const told = findings.findings().map(({ code, count, topic }) => [code, count, topic]);
    assert.deepEqual(told, [
      ["CLIENT-NAMESPACE", 1, "foo/bar"],
      ["CLIENT-GRANT", 2, "mes/y"],
      ["CLIENT-TOPIC", 1, "acme/plant"],
    ]);
    assert.equal(findings.findings()[0]?.address, "10.0.0.7:5000");
  });

  it("of the client that was seen last the longest ago are forgotten when there are too many, and that is told", () => {
    const findings = new ClientFindings(() => 1000);
    for (let at = 0; at < 1000; at += 1) findings.wasRefused(client(`c${at}`), "x", REFUSAL);
    findings.wasRefused(client("c0"), "x", REFUSAL);

    findings.wasRefused(client("new"), "x", REFUSAL);

    const ids = new Set(findings.findings().map(({ clientId }) => clientId));
    assert.deepEqual(
      [ids.size, ids.has("c0"), ids.has("c1"), ids.has("new")],
      [1000, true, false, true],
    );
    const { gone } = findings.takeChanged(5);
    assert.deepEqual(
      gone.map(({ clientId }) => clientId),
      ["c1"],
    );
  });
});
