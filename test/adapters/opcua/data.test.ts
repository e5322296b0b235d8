import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataType, LocalizedText, Variant, VariantArrayType } from "node-opcua-client";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { motorValue, startMotorLab } from "../../support/opcua-lab-types.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

function tag(name: string, more: object = {}): object {
  return { name, node: labNode(name), ...more };
}

describe("values of an OPC UA server that are no plain numbers", { timeout: 180_000 }, () => {
  it("are arrays, matrices, texts and whole 64-bit numbers", async () => {
    await using lab = await OpcUaLab.start();
    const array = { arrayType: VariantArrayType.Array };
    const list = { valueRank: 1 };
    lab.add("Ints", new Variant({ dataType: DataType.Int32, ...array, value: [1, -2, 3] }), list);
    lab.add("None", new Variant({ dataType: DataType.Double, ...array, value: [] }), list);
    const halves = [
      [0xffff_ffff, 0xffff_ffff],
      [0x7fff_ffff, 0xffff_ffff],
    ];
    lab.add("Longs", new Variant({ dataType: DataType.Int64, ...array, value: halves }), list);
    const matrix = {
      dataType: DataType.Float,
      arrayType: VariantArrayType.Matrix,
      dimensions: [2, 3],
      value: new Float32Array([1, 2, 3, 4, 5, 6]),
    };
    lab.add("Matrix", new Variant(matrix), { valueRank: 2, arrayDimensions: [2, 3] });
    const text = new LocalizedText({ text: "Tür", locale: "de" });
    lab.add("Door", new Variant({ dataType: DataType.LocalizedText, value: text }));
    lab.add("Huge", new Variant({ dataType: DataType.String, value: "x".repeat(100_000) }));
    const names = ["Ints", "None", "Longs", "Matrix", "Door", "Huge"];

    await using run = await OpcUaRun.start(lab.config(names.map((name) => tag(name))), QUICK);
    await run.until(() => run.count("born") === 1);

    const born = names.map((name) => [run.metric(name)?.datatype, run.metric(name)?.value]);
    assert.deepEqual(born, [
      ["Int32Array", [1, -2, 3]],
      ["DoubleArray", []],
      ["Int64Array", [-1, 2n ** 63n - 1n]],
      ["FloatArray", [1, 2, 3, 4, 5, 6]],
      ["String", "Tür"],
      ["String", null],
    ]);
    assert.partialDeepStrictEqual(run.metric("Matrix"), {
      properties: [{ key: "Dims", value: "[2,3]" }],
    });
    assert.partialDeepStrictEqual(run.metric("Door"), {
      properties: [{ key: "locale", value: "de" }],
    });
    assert.equal(run.metric("Huge")?.reason, "too_large");
  });

  it("are structures with one metric for each member, or JSON", async () => {
    await using lab = await startMotorLab();
    const tags = [tag("Motor"), { ...tag("Motor", { structures: "json" }), name: "Whole" }];
    await using run = await OpcUaRun.start(lab.config(tags), QUICK);
    await run.until(() => run.count("born") === 1);

    const births = run.events.find((event) => event.kind === "born")?.metrics ?? [];
    const shown = births.map(({ name, datatype, value }) => [name, datatype, value]);
    assert.deepEqual(shown.slice(0, 7), [
      ["Motor/Speed", "Double", 1.5],
      ["Motor/Count", "Int64", 5],
      ["Motor/Name", "String", "M1"],
      ["Motor/Mode", "Int32", 1],
      ["Motor/Samples", "FloatArray", [1, 2]],
      ["Motor/Limits/Low", "Double", 0],
      ["Motor/Limits/High", "Double", 5],
    ]);
    assert.equal(run.metric("Whole")?.datatype, "String");
    assert.partialDeepStrictEqual(run.metric("Motor/Mode"), {
      properties: [{ key: "EnumStrings", value: '{"0":"Off","1":"Auto","2":"Manual"}' }],
    });
    lab.set("Motor", motorValue(lab, { speed: 2.5 }));
    await run.until(() => run.latest("Motor/Speed")?.value === 2.5);

    assert.equal(run.latest("Motor/Name")?.value, "M1");
  });

  it("are enumerations, as numbers or as texts, which are written as texts too", async () => {
    await using lab = await startMotorLab();
    const tags = [
      tag("Mode"),
      { ...tag("Mode", { enum: "text", access: "rw", sampling: "10ms" }), name: "ModeText" },
    ];
    await using run = await OpcUaRun.start(lab.config(tags), QUICK);
    await run.until(() => run.count("born") === 1);

    assert.equal(run.metric("Mode")?.value, 1);
    assert.equal(run.metric("ModeText")?.value, "Auto");
    assert.equal((await run.write("lab", "ModeText", "Manual")).outcome, "ok");
    assert.equal(
      (await run.write("lab", "ModeText", "Backwards")).outcome,
      "rejected_unknown_text",
    );
    await run.until(() => run.latest("Mode")?.value === 2);
  });
});

it("a deadband on a text is told once, and every change is published all the same", async () => {
  await using lab = await OpcUaLab.start();
  lab.add("Name", textValue("a"));
  lab.addDouble("A", 1);
  const tags = [tag("Name", { deadband: 1 }), tag("A", { deadband: 1 })];
  await using run = await OpcUaRun.start(lab.config(tags), QUICK);
  await run.until(() => run.count("born") === 1);
  lab.set("Name", textValue("b"));
  await run.until(() => run.latest("Name")?.value === "b");
  lab.closeSessions();
  await run.until(() => run.counter("connections") === 2);

  const told = run.log.filter(({ message }) => message === "a rule of tags does nothing");
  assert.deepEqual(
    told.map(({ fields }) => fields),
    [
      {
        because: "a deadband does nothing for String; every change is published",
        tags: ["lab/Name"],
        count: 1,
      },
    ],
  );
});

it("a value before which others were lost in the server's queue says so", async () => {
  await using lab = await OpcUaLab.start();
  lab.addDouble("A", 0);
  const groups = { fast: { interval: "300ms", sampling: "0ms", queue: 2 } };
  await using run = await OpcUaRun.start(lab.config([tag("A")], { groups }), QUICK);
  await run.until(() => run.count("born") === 1);

  for (const value of [1, 2, 3, 4, 5, 6]) lab.setDouble("A", value);
  await run.until(() => run.latest("A")?.value === 6);

  const marked = run.readings("A").filter(({ isOverflow }) => isOverflow === true);
  assert.equal(marked.length, 1);
  assert.equal(marked[0]?.quality, "good");
  assert.equal(run.counter("queue_overflow"), 1);
});

it("a server is not polled while nobody takes what it says", async () => {
  await using lab = await OpcUaLab.start();
  lab.addDouble("A", 1);
  const groups = { fast: { interval: "20ms", mode: "poll" } };
  await using run = await OpcUaRun.start(lab.config([tag("A")], { groups }), QUICK);
  await run.until(() => run.count("born") === 1);

  run.isSlow = true;
  const overruns = (): number => run.adapter.diagnostics().devices[0]?.overruns ?? 0;
  const before = overruns();
  await run.until(() => overruns() > before + 1); // the pass that was under way is over
  lab.setDouble("A", 2);
  const between = overruns();
  await run.until(() => overruns() > between + 5);
  assert.equal(run.latest("A")?.value, 1);

  run.isSlow = false;
  await run.until(() => run.latest("A")?.value === 2);
});

it("a value that fits into no message is bad, and harms neither the connection nor its neighbours", async () => {
  await using lab = await OpcUaLab.start();
  lab.addDouble("A", 1);
  lab.add("Huge", bytes(200_000));
  const tags = [tag("Huge"), tag("A")];
  await using run = await OpcUaRun.start(lab.config(tags, { maxMessageSize: 65_536 }), QUICK);
  await run.until(() => run.count("born") === 1);

  assert.equal(run.metric("Huge")?.reason, "too_large");
  assert.equal(run.metric("A")?.value, 1);
  lab.set("Huge", bytes(300_000));
  lab.setDouble("A", 2);
  await run.until(() => run.latest("A")?.value === 2);
  lab.setDouble("A", 3);
  await run.until(() => run.latest("A")?.value === 3);
  assert.equal(run.counter("connections"), 1);
  assert.equal(run.count("died"), 0);
});

function textValue(value: string): Variant {
  return new Variant({ dataType: DataType.String, value });
}

function bytes(size: number): Variant {
  return new Variant({ dataType: DataType.ByteString, value: Buffer.alloc(size) });
}

describe("writing to an OPC UA server", { timeout: 180_000 }, () => {
  it("reaches one element of an array, or a part of it", async () => {
    await using lab = await OpcUaLab.start();
    const value = new Float64Array([1, 2, 3, 4]);
    const variant = { dataType: DataType.Double, arrayType: VariantArrayType.Array, value };
    lab.add("List", new Variant(variant), { valueRank: 1 });
    lab.add("Other", new Variant(variant), { valueRank: 1 });
    const tags = [
      tag("List"),
      { ...tag("Other", { indexRange: "2" }), name: "Third" },
      // node-opcua's server fails to write a part of what it watches in parts, so these are not watched.
      { ...tag("List", { indexRange: "2", access: "w" }), name: "WriteThird" },
      { ...tag("List", { indexRange: "0:1", access: "w" }), name: "WriteFirst" },
    ];
    await using run = await OpcUaRun.start(lab.config(tags), QUICK);
    await run.until(() => run.count("born") === 1);
    assert.equal(run.metric("Third")?.datatype, "Double");
    assert.equal(run.metric("Third")?.value, 3);

    assert.equal((await run.write("lab", "WriteThird", 33)).outcome, "ok_unverified");
    assert.equal((await run.write("lab", "WriteFirst", [10, 20])).outcome, "ok_unverified");
    assert.equal((await run.write("lab", "WriteFirst", 10)).outcome, "rejected_bad_value");
    await run.until(() => JSON.stringify(run.latest("List")?.value) === "[10,20,33,4]");
  });

  it("says why a value does not fit before anything is sent", async () => {
    await using lab = await OpcUaLab.start();
    lab.add("Small", new Variant({ dataType: DataType.Byte, value: 1 }));
    lab.add("Flag", new Variant({ dataType: DataType.Boolean, value: false }));
    const tags = [
      tag("Small", { access: "rw", writeRange: [0, 200] }),
      { ...tag("Small", { access: "rw", round: true }), name: "Rounded" },
      tag("Flag", { access: "rw" }),
    ];
    await using run = await OpcUaRun.start(lab.config(tags), QUICK);
    await run.until(() => run.count("born") === 1);

    const outcomes = [
      await run.write("lab", "Small", 201),
      await run.write("lab", "Small", 1.7),
      await run.write("lab", "Small", Number.NaN),
      await run.write("lab", "Rounded", 256),
      await run.write("lab", "Rounded", 1.7),
      await run.write("lab", "Flag", 1),
      await run.write("lab", "Flag", true),
    ].map(({ outcome }) => outcome);

    assert.deepEqual(outcomes, [
      "rejected_out_of_range",
      "rejected_not_integer",
      "rejected_not_a_number",
      "rejected_out_of_range",
      "ok",
      "rejected_bad_value",
      "ok",
    ]);
    assert.equal(run.latest("Rounded")?.value, 2);
  });
});

describe("watching an OPC UA server", { timeout: 180_000 }, () => {
  it("works in small calls where it takes only those", async () => {
    const operationLimits = { maxMonitoredItemsPerCall: 30, maxNodesPerRead: 30 };
    await using lab = await OpcUaLab.start({ capabilities: { operationLimits } });
    const names = Array.from({ length: 130 }, (_, index) => `N${index}`);
    for (const [index, name] of names.entries()) lab.addDouble(name, index);
    await using run = await OpcUaRun.start(lab.config(names.map((name) => tag(name))), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const [index, name] of names.entries()) lab.setDouble(name, index + 0.5);
    await run.until(() => names.every((name, index) => run.latest(name)?.value === index + 0.5));

    assert.ok(names.every((name) => run.latest(name)?.quality === "good"));
  });

  it("asks for the rest when it watches no more items", async () => {
    await using lab = await OpcUaLab.start({
      capabilities: { maxMonitoredItems: 5 },
    });
    const names = Array.from({ length: 12 }, (_, index) => `N${index}`);
    for (const name of names) lab.addDouble(name, 1);
    await using run = await OpcUaRun.start(lab.config(names.map((name) => tag(name))), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const name of names) lab.setDouble(name, 2);
    await run.until(() => names.every((name) => run.latest(name)?.value === 2));

    assert.ok(run.log.some(({ message }) => message.includes("the rest is polled")));
  });

  it("leaves out small changes here where the server cannot", async () => {
    await using lab = await OpcUaLab.start();
    const anything = { dataType: "BaseDataType" };
    lab.add("Any", new Variant({ dataType: DataType.Double, value: 10 }), anything);
    await using run = await OpcUaRun.start(lab.config([tag("Any", { deadband: 1 })]), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const value of [10.5, 10.9, 12]) {
      lab.set("Any", new Variant({ dataType: DataType.Double, value }));
    }
    await run.until(() => run.latest("Any")?.value === 12);

    assert.deepEqual(
      run.readings("Any").map(({ value }) => value),
      [10, 12],
    );
  });

  it("asks only, where that is wanted, and shows one node under two names", async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Speed", 1);
    const groups = { fast: { interval: "50ms", mode: "poll", registeredNodes: true } };
    const tags = [tag("Speed"), { ...tag("Speed"), name: "Again" }];
    await using run = await OpcUaRun.start(lab.config(tags, { groups }), QUICK);
    await run.until(() => run.count("born") === 1);

    lab.setDouble("Speed", 2);
    await run.until(() => run.latest("Speed")?.value === 2 && run.latest("Again")?.value === 2);

    assert.equal(run.count("born"), 1);
  });

  it("needs more than one subscription for many items", async () => {
    await using lab = await OpcUaLab.start();
    const names = Array.from({ length: 25 }, (_, index) => `N${index}`);
    for (const name of names) lab.addDouble(name, 1);
    const config = lab.config(names.map((name) => tag(name)));
    await using run = await OpcUaRun.start(config, { ...QUICK, maxItems: 10 });
    await run.until(() => run.count("born") === 1);

    assert.equal(lab.server.engine.currentSubscriptionCount, 3);
    for (const name of names) lab.setDouble(name, 2);
    await run.until(() => names.every((name) => run.latest(name)?.value === 2));
  });
});
