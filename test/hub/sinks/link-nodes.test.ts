import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { encodePayload, type NodeId } from "@unshub/sparkplug";
import mqtt from "mqtt";
import { countPings } from "../../../hub/src/sinks/link/answers.ts";
import { FarNode, type FarSide, type Said } from "../../../hub/src/sinks/link/far-node.ts";
import { NotWanted } from "../../../hub/src/sinks/link/not-wanted.ts";
import { farServer, type FarServerAnswers } from "../../support/far-server.ts";

const NODE: NodeId = { groupId: "Plant1", edgeNodeId: "gw" };
const BD_SEQ = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;

function said(type: "NBIRTH" | "NDEATH", isFresh = true): Said {
  const payload = encodePayload({ timestamp: 1_700_000_000_000, seq: 0, metrics: [BD_SEQ] });
  const topic = `spBv1.0/Plant1/${type}/gw`;
  const about = { kind: "node", type, ...NODE } as const;
  return { about, topic, payload, qos: 0, retain: false, isFresh, via: [] };
}

async function nodeAt(t: TestContext, answers: FarServerAnswers, more: Partial<FarSide> = {}) {
  const server = await farServer(t, answers);
  const unheard: string[] = [];
  const side: FarSide = {
    hubId: "near",
    connect: async (_node, options) => {
      const url = `mqtt://127.0.0.1:${server.port}`;
      const client = await mqtt.connectAsync(url, { protocolVersion: 5, ...options });
      countPings(client);
      t.after(() => client.endAsync(true));
      return client;
    },
    isLoop: () => false,
    commanded: () => undefined,
    unheard: (_node, { message }) => unheard.push(message),
    nextBdSeq: (_node, own) => own,
    now: () => Date.now(),
    timeoutMs: 10_000,
    ...more,
  };
  return { server, unheard, node: new FarNode({ ...NODE, births: undefined }, side) };
}

const refused: FarSide["connect"] = async () => {
  throw new NotWanted("banned");
};

describe("an edge node at the other side", { timeout: 20_000 }, () => {
  it("speaks although the server does not let it hear commands", async (t) => {
    const { node, server, unheard } = await nodeAt(t, { suback: () => 0x87 });

    const isSent = await node.take(said("NBIRTH"));
    await node.settle(new AbortController().signal);

    const published = server.got.flatMap((packet) =>
      packet.cmd === "publish" ? [packet.topic] : [],
    );
    assert.deepEqual([isSent, published], [true, ["spBv1.0/Plant1/NBIRTH/gw"]]);
    assert.equal(unheard.length, 1);
    assert.match(unheard[0] ?? "", /not authorized/i);
  });

  it("that was set aside is asked for no birth until it is born, and is forgotten when it dies", async (t) => {
    const { node } = await nodeAt(t, {}, { connect: refused });
    const before = node.wantsBirth;
    await assert.rejects(node.take(said("NBIRTH")), NotWanted);
    await node.setAside();
    const aside = [node.wantsBirth, node.isBlank];
    await node.take(said("NDEATH"));
    const dead = [node.wantsBirth, node.isBlank];

    assert.deepEqual([before, aside, dead], [true, [false, false], [true, true]]);
  });

  it("that was set aside is carried on when it is born again", async (t) => {
    const { node } = await nodeAt(t, {});
    await node.setAside();

    const isSent = await node.take(said("NBIRTH", false));

    assert.deepEqual([isSent, node.wantsBirth, node.isBlank], [true, true, false]);
  });
});
