import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { RunningCommand, unshubApart } from "../../support/cli.ts";
import { startTestHub } from "../../support/hub.ts";
import { identityHub, PASSWORD } from "../../support/identity-hub.ts";

describe("unshub tail", { timeout: 180_000 }, () => {
  it("says in one sentence that a filter is none, exit 2", async (t) => {
    const { mqttPort } = await startTestHub(t, "");

    const { exitCode, out, err } = await unshubApart([
      "tail",
      "a/#/b",
      "--url",
      `mqtt://127.0.0.1:${mqttPort}`,
    ]);

    assert.deepEqual([exitCode, out, err], [2, "", 'the server refused the filter "a/#/b"\n']);
  });
});

describe("unshub tail at a hub that wants to know who somebody is", { timeout: 180_000 }, () => {
  it("logs in with a token or with a password, and shows what one may read", async (t) => {
    const hub = await identityHub(t);
    const url = `mqtt://127.0.0.1:${hub.mqttPort}`;
    const grants = ["subscribe mes/#"];
    const token = await hub.addToken("reader", "viewer", grants);
    await hub.addUser("ann", "viewer", grants);
    await hub.addUser("mes", "viewer", ["publish mes/#"]);
    const logins = [{ UNSHUB_TOKEN: token }, { UNSHUB_USER: "ann", UNSHUB_PASSWORD: PASSWORD }];
    const tails = logins.map(
      (env) => new RunningCommand(t, ["tail", "mes/#", "--url", url], { env }),
    );
    const mes = await connectAsync(url, { clientId: "mes", username: "mes", password: PASSWORD });
    t.after(() => mes.endAsync(true));

    const publishing = setInterval(() => mes.publish("mes/order", "4711"), 100);
    t.after(() => clearInterval(publishing));
    await Promise.all(tails.map((tail) => tail.until(/ mes\/order {2}4711$/m)));

    assert.deepEqual(await Promise.all(tails.map((tail) => tail.interrupt())), [0, 0]);
  });

  it("says that the server refuses, and how to log in", async (t) => {
    const hub = await identityHub(t);
    const args = ["tail", "#", "--url", `mqtt://127.0.0.1:${hub.mqttPort}`];

    const nobody = await unshubApart(args);
    const wrong = await unshubApart(args, { UNSHUB_TOKEN: "hub_wrong" });

    assert.deepEqual([nobody.exitCode, wrong.exitCode], [1, 1]);
    for (const { err } of [nobody, wrong]) {
      assert.match(err, /^The MQTT server at mqtt:\/\/127\.0\.0\.1:\d+ refuses: .*UNSHUB_TOKEN/m);
    }
  });
});
