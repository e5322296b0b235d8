/** Commands to structures, their members, and matrices, of a real server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WriteCommand } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import { ensureDatatypeExtracted } from "node-opcua-address-space";
import { DataType, resolveNodeId, StatusCodes, Variant, VariantArrayType } from "node-opcua-client";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { motorType, motorValue, startMotorLab } from "../../support/opcua-lab-types.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const CHOICE = "s=ChoiceType";
const MOTOR = { name: "Motor", node: labNode("Motor"), access: "rw" };

async function born(lab: OpcUaLab, tags: readonly object[], more: object = {}): Promise<OpcUaRun> {
  const run = await OpcUaRun.start(lab.config(tags, more), QUICK);
  await run.until(() => run.count("born") === 1);
  return run;
}

/** What the server itself has, member by member. */
function inServer(lab: OpcUaLab, name = "Motor"): unknown {
  return JSON.parse(JSON.stringify(lab.variable(name).readValue().value.value));
}

function jsonOf(reading: { readonly value: MetricValue } | undefined) {
  const text = reading?.value;
  assert.ok(typeof text === "string");
  return JSON.parse(text);
}

const member = (metric: string, value: MetricValue) => ({ deviceId: "lab", metric, value });

describe("a member of a structure of an OPC UA server", { timeout: 180_000 }, () => {
  it("is written in its exact type, and the others keep what they have", async () => {
    await using lab = await startMotorLab();
    await using run = await born(lab, [MOTOR]);
    const before = inServer(lab);

    const writes: readonly (readonly [string, MetricValue])[] = [
      ["Motor/Speed", 7.25],
      ["Motor/Count", 2n ** 40n + 1n],
      ["Motor/Name", "né"],
      ["Motor/Mode", 2],
      ["Motor/Samples", [1.1, 2.2, 3.3]],
      ["Motor/Limits/High", 9],
    ];
    for (const [metric, value] of writes) {
      assert.equal(run.metric(metric)?.writable, true, metric);
      assert.equal((await run.write("lab", metric, value)).outcome, "ok", metric);
    }

    assert.partialDeepStrictEqual(before, { speed: 1.5, limits: { low: 0, high: 5 } });
    assert.deepEqual(inServer(lab), {
      speed: 7.25,
      count: [256, 1],
      name: "né",
      mode: 2,
      samples: [1.1, 2.2, 3.3].map(Math.fround),
      limits: { low: 0, high: 9 },
    });
    await run.until(() => run.latest("Motor/Limits/High")?.value === 9);
  });

  it("loses nothing to another tag of the same node: of one command, of one group, of another device", async () => {
    await using lab = await startMotorLab();
    const tags = [
      MOTOR,
      { ...MOTOR, name: "Again" },
      { ...MOTOR, name: "Whole", structures: "json" },
      { ...MOTOR, name: "Elsewhere", device: "other" },
      { ...MOTOR, name: "First", writeGroup: "both" },
      { ...MOTOR, name: "Second", writeGroup: "both" },
    ];
    await using run = await OpcUaRun.start(lab.config(tags), QUICK);
    await run.until(() => run.count("born") === 2);
    let writes = 0;
    lab.variable("Motor").on("value_changed", () => (writes += 1));
    const all = async (...commands: WriteCommand[]): Promise<void> => {
      const results = await run.adapter.write(commands);
      for (const { outcome, because } of results) assert.equal(outcome, "ok", because ?? "");
    };

    await all(member("Motor/Speed", 7), member("Again/Name", "A"), member("Motor/Mode", 2));
    assert.partialDeepStrictEqual(inServer(lab), { speed: 7, name: "A", mode: 2 });
    writes = 0;
    await all(member("First/Speed", 8), member("Second/Name", "B"));
    assert.partialDeepStrictEqual(inServer(lab), { speed: 8, name: "B" });
    assert.equal(writes, 1); // one request, the node once
    await all(
      member("Motor/Speed", 9),
      { deviceId: "other", metric: "Elsewhere/Name", value: "C" },
      { deviceId: "other", metric: "Elsewhere/Limits/High", value: 6 },
    );
    assert.deepEqual(inServer(lab), {
      speed: 9,
      count: [0, 5],
      name: "C",
      mode: 2,
      samples: [1, 2],
      limits: { low: 0, high: 6 },
    });
  });

  it("is refused with a sentence where the value is none of its type, and nothing is written", async () => {
    await using lab = await startMotorLab();
    const reading = { ...MOTOR, name: "Read", access: "r" };
    await using run = await born(lab, [MOTOR, reading]);
    const before = inServer(lab);

    const refusals: readonly (readonly [string, MetricValue, string, RegExp])[] = [
      ["Motor/Speed", "fast", "rejected_bad_value", /expected a number/],
      ["Motor/Count", 1.5, "rejected_not_integer", /round: true/],
      [
        "Motor/Mode",
        7,
        "rejected_bad_value",
        /expected one of 0 \(Off\), 1 \(Auto\), 2 \(Manual\)/,
      ],
      ["Motor/Samples", 7, "rejected_bad_value", /expected an array/],
      ["Motor/Samples", ["x"], "rejected_bad_value", /\[0\]: expected a number/],
      ["Motor/Nothing", 7, "rejected_unknown_metric", /is not configured/],
      ["Motor", 7, "rejected_not_writable", /its members can be written/],
      ["Read/Speed", 7, "rejected_not_writable", /access: rw/],
    ];
    for (const [metric, value, outcome, because] of refusals) {
      const result = await run.write("lab", metric, value);
      assert.equal(result.outcome, outcome, metric);
      assert.match(result.because ?? "", because);
    }

    assert.deepEqual(inServer(lab), before);
    assert.equal(run.metric("Read/Speed")?.writable, false);
  });

  it("goes together with the others of one command, or none of them does", async () => {
    await using lab = await startMotorLab();
    await using run = await born(lab, [MOTOR]);
    const seen: unknown[] = [];
    lab.variable("Motor").on("value_changed", () => seen.push(inServer(lab)));

    const spoilt = await run.adapter.write([member("Motor/Speed", 8), member("Motor/Mode", 7)]);
    const done = await run.adapter.write([member("Motor/Speed", 9), member("Motor/Limits/Low", 1)]);

    assert.deepEqual(
      spoilt.map(({ outcome }) => outcome),
      ["rejected_group_incomplete", "rejected_bad_value"],
    );
    assert.deepEqual(
      done.map(({ outcome }) => outcome),
      ["ok", "ok"],
    );
    assert.equal(seen.length, 1); // both at once
    assert.partialDeepStrictEqual(seen[0], { speed: 9, limits: { low: 1, high: 5 } });
  });

  it("is refused as offline while there is no connection", async () => {
    await using lab = await startMotorLab();
    await using proxy = await FreezableProxy.start(lab.port);
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    await using run = await born(lab, [MOTOR], { endpoint, offlineGrace: "30s" });

    proxy.refuse();
    await run.until(() => run.latest("Motor/Speed")?.quality === "stale");
    const cut = await run.write("lab", "Motor/Speed", 8);
    const stranger = await run.write("lab", "Elsewhere/Speed", 8);

    assert.equal(cut.outcome, "rejected_offline");
    assert.equal(stranger.outcome, "rejected_unknown_metric");
  });

  const restless: readonly (readonly [string, (turn: number) => object])[] = [
    ["others of them", (speed) => ({ speed })],
    [
      "one that is too long to be told",
      (turn) => ({ samples: Array.from({ length: 10_001 }, () => turn) }),
    ],
  ];
  for (const [what, members] of restless) {
    it(`is not written while the server changes ${what}: that would set them back`, async () => {
      await using lab = await startMotorLab();
      await using run = await born(lab, [MOTOR]);
      let turns = 0;
      const get = (): Variant => motorValue(lab, members((turns += 1)));
      lab.variable("Motor").bindVariable({ get }, true);

      const { outcome, because } = await run.write("lab", "Motor/Name", "M9");

      assert.equal(outcome, "rejected_by_device");
      assert.match(because ?? "", /other members of its structure change all the time/);
    });
  }
});

describe(
  "a structure of an OPC UA server that gives no answer to a write",
  { timeout: 180_000 },
  () => {
    it("is not written a second time: what was read of it is old by then", async () => {
      await using lab = await startMotorLab();
      const tag = { ...MOTOR, idempotent: true, verifyTimeout: "100ms" };
      await using run = await born(lab, [tag]);
      let writes = 0;
      const get = (): Variant => motorValue(lab);
      const set = (_asked: Variant, _answer: unknown): void => {
        writes += 1;
      };
      lab.variable("Motor").bindVariable({ get, set }, true);

      const { outcome } = await run.write("lab", "Motor/Speed", 9);

      assert.equal(outcome, "timeout_unknown"); // nobody has said that the server took it
      assert.equal(writes, 1);
    });
  },
);

describe("a structure of an OPC UA server as a whole", { timeout: 180_000 }, () => {
  const WHOLE = { ...MOTOR, name: "Whole", structures: "json" };
  const LIST = { name: "List", node: labNode("Motors"), access: "rw" };

  it("is JSON with the names of the server, and written so when nothing is left out", async () => {
    await using lab = await startMotorLab();
    await using run = await born(lab, [WHOLE]);
    const shown: object = jsonOf(run.metric("Whole"));
    const asked = { ...shown, Speed: 3, Count: "1099511627777", Limits: { Low: -1, High: 1 } };

    const done = await run.write("lab", "Whole", JSON.stringify(asked));
    const half = await run.write("lab", "Whole", '{"Speed":4}');
    const strange = await run.write("lab", "Whole", JSON.stringify({ ...asked, Spede: 4 }));
    const broken = await run.write("lab", "Whole", "{");

    assert.deepEqual(shown, {
      Speed: 1.5,
      Count: "5",
      Name: "M1",
      Mode: 1,
      Samples: [1, 2],
      Limits: { Low: 0, High: 5 },
    });
    assert.equal(done.outcome, "ok");
    assert.partialDeepStrictEqual(inServer(lab), { speed: 3, count: [256, 1], name: "M1" });
    assert.match(half.because ?? "", /"Count" is missing/);
    assert.match(strange.because ?? "", /it has no "Spede"; it has Speed, Count, Name/);
    assert.match(broken.because ?? "", /is no JSON/);
  });

  it("is an array of them, longer or shorter", async () => {
    await using lab = await startMotorLab();
    await using run = await born(lab, [LIST]);
    const shown: object[] = jsonOf(run.metric("List"));
    const third = { ...shown[0], Name: "M3" };

    const longer = await run.write("lab", "List", JSON.stringify([...shown, third]));
    const three = inServer(lab, "Motors");
    const shorter = await run.write("lab", "List", JSON.stringify([third]));

    assert.deepEqual([longer.outcome, shorter.outcome], ["ok", "ok"]);
    assert.partialDeepStrictEqual(three, [{ name: "M1" }, { name: "M2" }, { name: "M3" }]);
    assert.partialDeepStrictEqual(inServer(lab, "Motors"), [{ name: "M3", count: [0, 5] }]);
  });

  it("is a matrix of them, and written with as many as it has", async () => {
    await using lab = await startMotorLab();
    const grid = new Variant({
      dataType: DataType.ExtensionObject,
      arrayType: VariantArrayType.Matrix,
      dimensions: [1, 2],
      value: [motorValue(lab).value, motorValue(lab, { name: "M2" }).value],
    });
    const dataType = motorType(lab).toString();
    lab.add("Grid", grid, { dataType, valueRank: 2, arrayDimensions: [0, 0] });
    await using run = await born(lab, [{ ...LIST, name: "Grid", node: labNode("Grid") }]);
    const [first, second]: object[] = jsonOf(run.metric("Grid"));

    const short = await run.write("lab", "Grid", JSON.stringify([first]));
    const whole = await run.write("lab", "Grid", JSON.stringify([second, first]));

    assert.equal(short.outcome, "rejected_bad_value");
    assert.match(short.because ?? "", /expected 2 elements, not 1/);
    assert.equal(whole.outcome, "ok");
    assert.partialDeepStrictEqual(inServer(lab, "Grid"), [{ name: "M2" }, { name: "M1" }]);
  });

  it("is a template, of which a command names some members", async () => {
    await using lab = await startMotorLab();
    await using run = await born(lab, [{ ...MOTOR, structures: "template" }]);
    const limits = { isDefinition: false, parameters: [] };
    const inner = { ...limits, metrics: [{ name: "High", datatype: "Double", value: 7 }] } as const;
    const metrics = [
      { name: "Name", datatype: "String", value: "M7" },
      { name: "Limits", datatype: "Template", value: inner },
    ] as const;

    const { outcome } = await run.write("lab", "Motor", { ...limits, metrics });

    assert.equal(outcome, "ok");
    assert.partialDeepStrictEqual(inServer(lab), {
      speed: 1.5,
      name: "M7",
      limits: { low: 0, high: 7 },
    });
  });

  it("is given to a method, and comes back from it", async () => {
    await using lab = await startMotorLab();
    const argument = (name: string) => ({ name, dataType: motorType(lab) });
    const method = lab.namespace.addMethod(lab.folder, {
      browseName: "Tune",
      nodeId: "s=Tune",
      inputArguments: [argument("motor")],
      outputArguments: [argument("tuned")],
    });
    method.bindMethod((inputs, _context, answer) => {
      answer(null, { statusCode: StatusCodes.Good, outputArguments: [...inputs] });
    });
    const methods = [{ name: "Lab/Tune", object: labNode("Lab"), method: labNode("Tune") }];
    await using run = await born(lab, [MOTOR], { methods });
    const motor = {
      Speed: 2,
      Count: "5",
      Name: "new",
      Mode: 0,
      Samples: [],
      Limits: { Low: 1, High: 2 },
    };

    const done = await run.write("lab", "Lab/Tune/Call", JSON.stringify({ motor }));
    const half = await run.write("lab", "Lab/Tune/Call", '[{"Speed":1}]');

    assert.equal(done.outcome, "ok");
    assert.deepEqual(jsonOf(run.latest("Lab/Tune/Result")), { tuned: motor });
    assert.match(half.because ?? "", /"motor": "Count" is missing/);
  });
});

/** A lab with `Choice`, which is a number or a text. */
async function choiceLab(): Promise<OpcUaLab> {
  const lab = await OpcUaLab.start({
    prepare: async (namespace, space) => {
      const type = namespace.createDataType({
        browseName: "Choice",
        nodeId: CHOICE,
        isAbstract: false,
        subtypeOf: "Union",
        partialDefinition: [
          { name: "Number", dataType: "i=11", valueRank: -1 },
          { name: "Text", dataType: "i=12", valueRank: -1 },
        ],
      });
      namespace.addObject({
        browseName: { name: "Default Binary", namespaceIndex: 0 },
        nodeId: "s=ChoiceEncoding",
        encodingOf: type,
        typeDefinition: "DataTypeEncodingType",
      });
      await ensureDatatypeExtracted(space);
    },
  });
  const dataType = `ns=${lab.namespace.index};${CHOICE}`;
  lab.add("Choice", choiceOf(lab, { number: 7 }), { dataType });
  return lab;
}

describe("a union of an OPC UA server", { timeout: 180_000 }, () => {
  it("shows the member that is there, and is written as JSON with exactly one", async () => {
    await using lab = await choiceLab();
    const node = labNode("Choice");
    const tags = [
      { name: "Folder", node, access: "rw" },
      { name: "Whole", node, access: "rw", structures: "json" },
    ];
    await using run = await born(lab, tags);
    lab.set("Choice", choiceOf(lab, { text: "seven" }));
    await run.until(() => run.latest("Folder/Text")?.value === "seven");

    const alone = await run.write("lab", "Folder/Number", 8);
    const both = await run.write("lab", "Whole", '{"Number":1,"Text":"one"}');
    const one = await run.write("lab", "Whole", '{"Number":9}');

    assert.deepEqual(jsonOf(run.metric("Whole")), { Number: 7 });
    assert.equal(run.latest("Folder/Text")?.quality, "good");
    assert.equal(run.metric("Folder/Number")?.writable, false);
    assert.match(alone.because ?? "", /this member cannot be written alone/);
    assert.match(both.because ?? "", /one of Number, Text, and exactly one has to be named/);
    assert.equal(one.outcome, "ok");
    assert.partialDeepStrictEqual(inServer(lab, "Choice"), { Number: 9 });
    assert.equal(run.count("born"), 1);
  });
});

function choiceOf(lab: OpcUaLab, chosen: object): Variant {
  const type = resolveNodeId(`ns=${lab.namespace.index};${CHOICE}`);
  const value = lab.space.constructExtensionObject(type, { ...chosen });
  return new Variant({ dataType: DataType.ExtensionObject, value });
}

function matrixOf(dimensions: number[]): Variant {
  return new Variant({
    dataType: DataType.Float,
    arrayType: VariantArrayType.Matrix,
    dimensions,
    value: new Float32Array([1, 2, 3, 4, 5, 6]),
  });
}

describe("a matrix of an OPC UA server", { timeout: 180_000 }, () => {
  const MATRIX = { name: "Matrix", node: labNode("Matrix"), access: "rw", matrices: "dataSet" };

  it("is a DataSet where that is asked for, and written as one", async () => {
    await using lab = await OpcUaLab.start();
    lab.add("Matrix", matrixOf([2, 3]), { valueRank: 2, arrayDimensions: [0, 0] });
    await using run = await born(lab, [MATRIX]);
    const table = { columns: ["0", "1", "2"], types: ["Float", "Float", "Float"] } as const;

    const shown = run.metric("Matrix");
    const rows = [
      [1.5, 2, 3],
      [4, 5, 6.5],
    ];
    const done = await run.write("lab", "Matrix", { ...table, rows });
    const short = await run.write("lab", "Matrix", { ...table, rows: rows.slice(1) });

    assert.equal(shown?.datatype, "DataSet");
    assert.deepEqual(shown?.value, {
      ...table,
      rows: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    assert.equal(done.outcome, "ok");
    assert.match(short.because ?? "", /expected 2 rows of 3 cells/);
    await run.until(() => JSON.stringify(run.latest("Matrix")?.value).includes("6.5"));
  });

  it("of other dimensions than at birth is born anew, and never told with the old ones", async () => {
    await using lab = await OpcUaLab.start();
    lab.add("Matrix", matrixOf([2, 3]), { valueRank: 2, arrayDimensions: [0, 0] });
    await using run = await born(lab, [{ ...MATRIX, matrices: "flat" }], {
      rebirthHoldoff: "100ms",
    });

    lab.set("Matrix", matrixOf([3, 2]));
    await run.until(() => run.count("born") === 2);

    const births = run.events.filter((event) => event.kind === "born");
    assert.partialDeepStrictEqual(
      births.map(({ metrics: [matrix] }) => matrix),
      ["[2,3]", "[3,2]"].map((dims) => ({ properties: [{ key: "Dims", value: dims }] })),
    );
  });
});
