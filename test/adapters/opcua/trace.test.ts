import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TracedFrame } from "@unshub/adapter";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

describe("an OPC UA link is traced", { timeout: 180_000 }, () => {
  it("with bytes, service, and the tags that each message is about", async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("A", 1);
    await using run = await OpcUaRun.start(
      lab.config([{ name: "Line/A", node: labNode("A"), access: "rw" }]),
      QUICK,
    );
    await run.until(() => run.count("born") === 1);
    const link = linkOf(run);

    assert.equal(run.adapter.setTrace?.(link, true), true);
    assert.equal(run.adapter.diagnostics().links[0]?.isTracing, true);
    await run.write("lab", "Line/A", 4);
    lab.setDouble("A", 5);
    await run.until(() => run.latest("Line/A")?.value === 5);
    assert.equal(run.adapter.setTrace?.(link, false), true);

    const frames = run.adapter.trace?.(link) ?? [];
    const [asked] = frames.filter(({ header }) => header.includes("WriteRequest"));
    const answers = frames.filter(({ header }) => header.includes("WriteResponse"));
    assert.ok(asked);
    assert.match(asked.header, /^MSG F \d+ bytes WriteRequest \d+$/);
    assert.deepEqual(asked.tags, ["Line/A"]);
    assert.equal(asked.direction, "sent");
    assert.match(asked.hex, /^4d534746/); // MSGF
    assert.deepEqual(new Set(answers.map(({ direction }) => direction)), new Set(["received"]));
    assert.ok(frames.some((frame) => isAbout(frame, "PublishResponse", "Line/A")));
  });

  it("without the password of a login, and not where there is no such link", async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("A", 1);
    const config = lab.config([{ name: "A", node: labNode("A") }]);
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    const link = linkOf(run);
    run.adapter.setTrace?.(link, true);

    lab.closeSessions(); // it has to log in again
    await run.until(() => run.adapter.trace?.(link)?.some(isLogin) === true);

    const login = run.adapter.trace?.(link)?.find(isLogin);
    assert.match(login?.header ?? "", /the first 8 shown/);
    assert.equal(login?.hex.length, 16);
    assert.equal(run.adapter.setTrace?.("opc.tcp://elsewhere", true), false);
    assert.equal(run.adapter.trace?.("opc.tcp://elsewhere"), undefined);
  });
});

function linkOf(run: OpcUaRun): string {
  return run.adapter.diagnostics().links[0]?.name ?? "";
}

function isLogin({ header }: TracedFrame): boolean {
  return header.includes("ActivateSessionRequest");
}

function isAbout({ header, tags }: TracedFrame, service: string, tag: string): boolean {
  return header.includes(service) && tags.includes(tag);
}
