import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeBrowsePath, NodeClass, type ClientSession } from "node-opcua-client";
import type { MetricToSend } from "@unshub/sparkplug";
import { openClient, startHubServer, unsId, UNS } from "../../support/opcua-hub-server.ts";
import { dbirth, message, nbirth } from "../../support/sparkplug-messages.ts";

async function names(session: ClientSession, nodeId: string): Promise<readonly string[]> {
  const { references } = await session.browse(nodeId);
  return (references ?? []).map(
    ({ browseName, nodeId: id }) => `${browseName.name} ${String(id.value)}`,
  );
}

function metric(name: string, value: number): MetricToSend {
  return { name, datatype: "Int32", tellDatatype: true, value };
}

describe("the UNS in an OPC UA client", () => {
  it("stands below Objects as groups, edge nodes, devices, folders and metrics", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);

    assert.ok((await names(session, "i=85")).includes("UNS /"));
    assert.deepEqual(await names(session, await unsId(session, "/")), ["g g"]);
    assert.deepEqual(await names(session, await unsId(session, "g/e")), [
      "bdSeq g/e/bdSeq",
      "Node Control g/e/Node%20Control",
      "d g/e/d",
    ]);
    assert.deepEqual(await names(session, await unsId(session, "g/e/d/Motor")), [
      "Speed g/e/d/Motor/Speed",
    ]);
  });

  it("says nothing of paths that do not exist", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    const session = await openClient(t, endpoint);

    const browsed = await session.browse(await unsId(session, "g/nobody"));
    const read = await session.read({ nodeId: await unsId(session, "g/%zz"), attributeId: 13 });

    assert.equal(browsed.statusCode.name, "BadNodeIdUnknown");
    assert.equal(read.statusCode.name, "BadNodeIdUnknown");
  });

  it("is found by browse path", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);
    const ns = (await session.readNamespaceArray()).indexOf(UNS);

    const path = (text: string) => session.translateBrowsePath(makeBrowsePath("RootFolder", text));
    const found = await path(
      `/Objects/${ns}:UNS/${ns}:g/${ns}:e/${ns}:d/${ns}:Motor/${ns}:Speed.EngineeringUnits`,
    );
    const missing = await path(`/Objects/${ns}:UNS/${ns}:nobody`);

    assert.equal(found.targets?.[0]?.targetId.value, "g/e/d/Motor/Speed?EngineeringUnits");
    assert.equal(missing.statusCode.name, "BadNoMatch");
  });

  it("tells a metric from a folder, and a device from a folder, of the same name", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(
      message(
        "NBIRTH/e",
        [{ name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 }, metric("d/inner", 1)],
        0,
      ),
    );
    sessions.apply(
      message("DBIRTH/e/d", [metric("a", 2), metric("a/b", 3), metric("x?y#z", 4)], 1),
    );
    const session = await openClient(t, endpoint);

    const found = new Map<string, unknown>();
    const walk = async (nodeId: string): Promise<void> => {
      const { references } = await session.browse(nodeId);
      for (const { nodeId: id, nodeClass } of references ?? []) {
        if (NodeClass[nodeClass] === "Object") await walk(id.toString());
        if (NodeClass[nodeClass] !== "Variable") continue;
        found.set(
          String(id.value),
          (await session.read({ nodeId: id, attributeId: 13 })).value.value,
        );
      }
    };
    await walk(await unsId(session, "/"));

    found.delete("g/e/bdSeq");
    assert.deepEqual(
      [...found],
      [
        ["g/e/d#folder/inner", 1],
        ["g/e/d/a", 2],
        ["g/e/d/a/b", 3],
        ["g/e/d/x%3Fy%23z", 4],
      ],
    );
  });
});
