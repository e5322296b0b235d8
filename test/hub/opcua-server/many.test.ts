import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  TimestampsToReturn,
  type DataValue,
  type NodeId,
} from "node-opcua-client";
import type { MetricToSend } from "@unshub/sparkplug";
import {
  openClient,
  startHubServer,
  subscribe,
  unsId,
  UNS,
} from "../../support/opcua-hub-server.ts";
import { message, nbirth } from "../../support/sparkplug-messages.ts";

const COUNT = 10_000;
const FOLDERS = 100;

/** Metrics `f<n>/m<n>`, worth `value`. */
function metrics(value: number): MetricToSend[] {
  return Array.from({ length: COUNT }, (_, at) => ({
    name: `f${at % FOLDERS}/m${at}`,
    datatype: "Int32",
    tellDatatype: true,
    value,
  }));
}

describe("10 000 metrics", () => {
  it("are browsed page by page, read, and monitored; all changes come", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(message("DBIRTH/e/d", metrics(1), 1));
    const session = await openClient(t, endpoint);
    session.requestedMaxReferencesPerNode = 30; // the rest by continuation points
    const ns = (await session.readNamespaceArray()).indexOf(UNS);

    const found: string[] = [];
    for (let at = 0; at < FOLDERS; at += 1) {
      let page = await session.browse(await unsId(session, `g/e/d/f${at}`));
      for (;;) {
        found.push(...(page.references ?? []).map(({ nodeId }) => nodeId.toString()));
        if (page.continuationPoint === null || page.continuationPoint.length === 0) break;
        page = await session.browseNext(page.continuationPoint, false);
      }
    }
    const read = await session.read(
      found.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    );

    assert.equal(new Set(found).size, COUNT);
    assert.ok(found.every((nodeId) => nodeId.startsWith(`ns=${ns};s=g/e/d/f`)));
    assert.ok(read.every(({ value, statusCode }) => value.value === 1 && statusCode.value === 0));

    const group = ClientMonitoredItemGroup.create(
      subscribe(session),
      found.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: 100, queueSize: 2, discardOldest: true },
      TimestampsToReturn.Both,
    );
    const all = (wanted: number): Promise<void> =>
      new Promise((resolve) => {
        const seen = new Set<string>();
        const take = (item: { itemToMonitor: { nodeId: NodeId } }, { value }: DataValue): void => {
          if (value.value === wanted) seen.add(item.itemToMonitor.nodeId.toString());
          if (seen.size < COUNT) return;
          group.removeListener("changed", take);
          resolve();
        };
        group.on("changed", take);
      });
    await all(1);
    const changed = all(2);

    sessions.apply(message("DDATA/e/d", metrics(2), 2));

    await changed;
  });
});
