import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AttributeIds,
  DataType,
  Variant,
  VariantArrayType,
  type ClientSession,
} from "node-opcua-client";
import {
  decodePayload,
  metricValue,
  type Datatype,
  type MetricToSend,
  type MetricValue,
} from "@unshub/sparkplug";
import {
  openClient,
  startHubServer,
  unsId,
  type ServerWishes,
} from "../../support/opcua-hub-server.ts";
import { message, nbirth, ndeath } from "../../support/sparkplug-messages.ts";

function metric(
  name: string,
  datatype: Datatype,
  value: MetricValue,
  more: NonNullable<MetricToSend["properties"]> = [],
): MetricToSend {
  const access = { key: "readOnly", datatype: "Boolean", value: name === "fixed" } as const;
  const properties = [access, ...more];
  return { name, datatype, tellDatatype: true, value, properties };
}

const BORN = [
  metric("speed", "Int32", 1, [
    { key: "engLow", datatype: "Double", value: 0 },
    { key: "engHigh", datatype: "Double", value: 100 },
  ]),
  metric("big", "UInt64", 1),
  metric("level", "Double", 0.5),
  metric("on", "Boolean", false),
  metric("name", "String", "a"),
  metric("at", "DateTime", 0),
  metric("list", "Int32Array", [1]),
  metric("fixed", "Int32", 1),
];

/** A server with a device that does what commands say. */
async function startWritable(t: { after(end: () => unknown): void }, wishes: ServerWishes = {}) {
  let seq = 1;
  const server = await startHubServer(t, {
    write: true,
    onCommand: (sessions, { payload }) => {
      const [sent] = decodePayload(payload).metrics;
      const born = BORN.find((one) => one.name === sent?.name);
      if (sent === undefined || born === undefined) return;
      const { name, datatype } = born;
      const value = metricValue(sent, datatype);
      seq += 1;
      const answer = { name, datatype, tellDatatype: true, value };
      sessions.apply(message("DDATA/e/d", [answer], seq));
    },
    ...wishes,
  });
  server.sessions.apply(nbirth());
  server.sessions.apply(message("DBIRTH/e/d", BORN, 1));
  return server;
}

async function write(session: ClientSession, name: string, value: Variant): Promise<string> {
  const status = await session.write({
    nodeId: await unsId(session, `g/e/d/${name}`),
    attributeId: AttributeIds.Value,
    value: { value },
  });
  return status.name;
}

describe("a write from an OPC UA client", () => {
  it("is good when the value has come back from the device, for every type", async (t) => {
    const { endpoint, tree } = await startWritable(t);
    const session = await openClient(t, endpoint);
    const values = [
      ["speed", new Variant({ dataType: DataType.Int32, value: 42 }), 42],
      [
        "big",
        new Variant({
          dataType: DataType.UInt64,
          arrayType: VariantArrayType.Scalar,
          value: [0xffff_ffff, 0xffff_fffe],
        }),
        18_446_744_073_709_551_614n,
      ],
      ["level", new Variant({ dataType: DataType.Double, value: 0.1 }), 0.1],
      ["on", new Variant({ dataType: DataType.Boolean, value: true }), true],
      ["name", new Variant({ dataType: DataType.String, value: "Füller" }), "Füller"],
      ["at", new Variant({ dataType: DataType.DateTime, value: new Date(1000) }), 1000],
    ] as const;

    for (const [name, variant, expected] of values) {
      assert.equal(await write(session, name, variant), "Good", name);
      assert.equal(tree.metric(tree.find(`g/e/d/${name}`) ?? 0)?.value, expected);
    }
  });

  const refusals = [
    [
      "of another type",
      "speed",
      new Variant({ dataType: DataType.Double, value: 1 }),
      "BadTypeMismatch",
    ],
    [
      "of an array to one value",
      "speed",
      new Variant({ dataType: DataType.Int32, value: [1] }),
      "BadTypeMismatch",
    ],
    [
      "out of range",
      "speed",
      new Variant({ dataType: DataType.Int32, value: 101 }),
      "BadOutOfRange",
    ],
    [
      "of a read-only metric",
      "fixed",
      new Variant({ dataType: DataType.Int32, value: 2 }),
      "BadNotWritable",
    ],
    [
      "of an array",
      "list",
      new Variant({ dataType: DataType.Int32, value: [2] }),
      "BadNotWritable",
    ],
    [
      "of nothing",
      "nothing",
      new Variant({ dataType: DataType.Int32, value: 2 }),
      "BadNodeIdUnknown",
    ],
  ] as const;
  for (const [what, name, variant, status] of refusals) {
    it(`${what} is ${status}, and nothing is sent`, async (t) => {
      const { endpoint, sent } = await startWritable(t);
      const session = await openClient(t, endpoint);

      assert.equal(await write(session, name, variant), status);
      assert.equal(sent.length, 0);
    });
  }

  it("is BadTimeout when the device does not do it", async (t) => {
    const { endpoint, sent } = await startWritable(t, { onCommand: () => undefined });
    const session = await openClient(t, endpoint);

    assert.equal(
      await write(session, "speed", new Variant({ dataType: DataType.Int32, value: 5 })),
      "BadTimeout",
    );
    assert.equal(sent.length, 1);
  });

  it("is BadNotConnected while the device is offline", async (t) => {
    const { endpoint, sessions } = await startWritable(t);
    sessions.apply(ndeath());
    const session = await openClient(t, endpoint);

    assert.equal(
      await write(session, "speed", new Variant({ dataType: DataType.Int32, value: 5 })),
      "BadNotConnected",
    );
  });

  it("is BadNotWritable unless write is on, and access levels say so", async (t) => {
    const { endpoint, sent } = await startWritable(t, { write: false });
    const session = await openClient(t, endpoint);
    const nodeId = await unsId(session, "g/e/d/speed");

    assert.equal(
      await write(session, "speed", new Variant({ dataType: DataType.Int32, value: 5 })),
      "BadNotWritable",
    );
    assert.equal(
      (await session.read({ nodeId, attributeId: AttributeIds.AccessLevel })).value.value,
      1,
    );
    assert.equal(sent.length, 0);
  });

  it("is BadUserAccessDenied while anonymous may only read", async (t) => {
    const { endpoint, sent } = await startWritable(t, { anonymous: "read" });
    const session = await openClient(t, endpoint);
    const nodeId = await unsId(session, "g/e/d/speed");

    assert.equal(
      await write(session, "speed", new Variant({ dataType: DataType.Int32, value: 5 })),
      "BadUserAccessDenied",
    );
    const [level, userLevel] = await session.read([
      { nodeId, attributeId: AttributeIds.AccessLevel },
      { nodeId, attributeId: AttributeIds.UserAccessLevel },
    ]);
    assert.deepEqual([level?.value.value, userLevel?.value.value], [3, 1]);
    assert.equal(sent.length, 0);
  });
});
