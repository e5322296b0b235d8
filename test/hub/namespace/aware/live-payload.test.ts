import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  DATATYPES,
  decodePayload,
  metricValue,
  propertyValue,
  type MetricToSend,
} from "@unshub/sparkplug";
import { matchesFilter } from "../../../../hub/src/broker/routing/topic.ts";
import { liveJson } from "../../../../hub/src/namespace/aware/live-json.ts";
import { livePayload } from "../../../../hub/src/namespace/aware/live-payload.ts";
import {
  liveMatching,
  liveTopic,
  LIVE_FORMS,
  type LiveCertificate,
} from "../../../../hub/src/namespace/aware/live-topics.ts";
import { NodeSessions, UnsTree } from "../../../../hub/src/tree/index.ts";
import { anyMetric, TEXT } from "../../../support/sparkplug-arbitraries.ts";
import { dbirth, message, nbirth, ndeath, speed } from "../../../support/sparkplug-messages.ts";
import { PEER } from "../../../support/sparkplug-peer.ts";

const NOW = 1_800_000_000_000;

interface Plant {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
}

function openPlant(): Plant {
  const tree = new UnsTree();
  return { tree, sessions: new NodeSessions(tree, () => undefined) };
}

function bornPlant(): Plant {
  const plant = openPlant();
  plant.sessions.apply(nbirth(3));
  plant.sessions.apply(dbirth());
  return plant;
}

function certificate({ sessions }: Plant, deviceId?: string): LiveCertificate {
  const session = sessions.groups.get("g")?.get("e");
  const member = deviceId === undefined ? session?.own : session?.devices.get(deviceId);
  assert.ok(session && member);
  return { form: "sparkplug", session, deviceId, member };
}

function devicePayload(plant: Plant) {
  return decodePayload(livePayload(plant.tree, certificate(plant, "d"), NOW));
}

function deviceJson(plant: Plant) {
  return JSON.parse(liveJson(plant.tree, certificate(plant, "d"), NOW));
}

describe("a live certificate as Sparkplug payload", () => {
  it("has the birth's definitions in their order, and the values, times and qualities of now", () => {
    const plant = bornPlant();
    plant.sessions.apply(speed(77, 2));

    const { timestamp, seq, metrics } = devicePayload(plant);

    const [motor, ok] = metrics;
    assert.deepEqual([timestamp, seq], [NOW, 2]);
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ["Motor/Speed", "ok", "Device Info/Online", "Device Info/State"],
    );
    assert.partialDeepStrictEqual(motor, { alias: 1, datatype: 3, timestamp: 1_700_000_000_100 });
    assert.equal(motor && metricValue(motor, "Int32"), 77);
    assert.deepEqual([...(motor?.properties.keys() ?? [])], ["engUnit", "readOnly"]);
    assert.partialDeepStrictEqual(ok, { alias: 2, datatype: 11, timestamp: 1_700_000_000_000 });
  });

  it("is read by another implementation", () => {
    const plant = bornPlant();
    plant.sessions.apply(speed(77, 2));

    const { metrics } = PEER.decodePayload(livePayload(plant.tree, certificate(plant, "d"), NOW));

    assert.partialDeepStrictEqual(metrics, [
      { name: "Motor/Speed", type: "Int32", value: 77 },
      { name: "ok", type: "Boolean", value: true },
      { name: "Device Info/Online", type: "Boolean", value: true },
      { name: "Device Info/State", type: "String", value: "online" },
    ]);
  });

  it("says null as null", () => {
    const plant = bornPlant();
    plant.sessions.apply(speed(null, 2));

    const [motor] = devicePayload(plant).metrics;

    assert.deepEqual([motor?.isNull, motor?.value], [true, undefined]);
  });

  it("is not moved by historical values", () => {
    const plant = bornPlant();
    plant.sessions.apply(speed(77, 2, { isHistorical: true }));

    const [motor] = devicePayload(plant).metrics;

    assert.equal(motor && metricValue(motor, "Int32"), 1200);
  });

  it("has the bdSeq of the session, and its seq goes round after 255", () => {
    const plant = bornPlant();
    for (let seq = 2; seq < 256; seq += 1) plant.sessions.apply(speed(seq, seq));

    const own = decodePayload(livePayload(plant.tree, certificate(plant), NOW));

    const bdSeq = own.metrics.find(({ name }) => name === "bdSeq");
    assert.deepEqual([own.seq, bdSeq && metricValue(bdSeq, "Int64")], [255, 3]);
  });

  it("says that its source is gone: offline, stale metrics with the reason, no seq", () => {
    const plant = bornPlant();
    plant.sessions.apply(ndeath(3));

    const { seq, metrics } = devicePayload(plant);

    const [motor, , online, state] = metrics;
    assert.equal(seq, undefined);
    assert.equal(motor && metricValue(motor, "Int32"), 1200);
    assert.equal(propertyValue(motor?.properties.get("Quality")), 500);
    assert.equal(propertyValue(motor?.properties.get("Reason")), "edge node died");
    assert.equal(online && metricValue(online, "Boolean"), false);
    assert.equal(state && metricValue(state, "String"), "offline");
  });

  it("has its own word on presence, not one that the birth happens to have", () => {
    const plant = openPlant();
    plant.sessions.apply(nbirth());
    const metric = {
      name: "Device Info/Online",
      datatype: "String",
      tellDatatype: true,
      value: "yes",
    } as const;
    plant.sessions.apply(message("DBIRTH/e/d", [metric], 1));

    const { metrics } = devicePayload(plant);

    assert.deepEqual(
      metrics.map(({ name, datatype }) => [name, datatype]),
      [
        ["Device Info/Online", 11],
        ["Device Info/State", 12],
      ],
    );
  });

  it("has the metrics in the order of the birth, whatever they are called", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.oneof(TEXT, fc.string({ unit: fc.constantFrom("a", "b", "/") }))),
        (names) => {
          const plant = openPlant();
          plant.sessions.apply(nbirth());
          const metrics = names.map((name, value): MetricToSend => ({
            name,
            datatype: "Int32",
            tellDatatype: true,
            value,
          }));
          plant.sessions.apply(message("DBIRTH/e/d", metrics, 1));

          const now = devicePayload(plant).metrics;

          assert.deepEqual(
            now.map(({ name }) => name),
            [...names, "Device Info/Online", "Device Info/State"],
          );
          const values = now.slice(0, names.length).map((metric) => metricValue(metric, "Int32"));
          assert.deepEqual(values, [...names.keys()]);
        },
      ),
    );
  });

  it("keeps what any birth says of a metric: DataSets, Templates, arrays, bytes, properties, aliases", () => {
    fc.assert(
      fc.property(anyMetric(DATATYPES), (any) => {
        const metric: MetricToSend = { ...any, name: "m", isHistorical: false };
        const plant = openPlant();
        plant.sessions.apply(nbirth());
        const birth = message("DBIRTH/e/d", [metric], 1);
        plant.sessions.apply(birth);

        const [now] = devicePayload(plant).metrics;

        const [born] = decodePayload(birth.payload).metrics;
        assert.ok(born && now);
        assert.deepEqual(
          [now.alias, now.datatype, now.isNull],
          [born.alias, born.datatype, born.isNull],
        );
        assert.deepEqual(metricValue(now, metric.datatype), metricValue(born, metric.datatype));
        assert.deepEqual(withoutWorth(now.properties), withoutWorth(born.properties));
      }),
    );
  });
});

function withoutWorth(properties: ReadonlyMap<string, unknown>): readonly unknown[] {
  return [...properties].filter(([key]) => key !== "Quality" && key !== "Reason");
}

describe("a live certificate as JSON", () => {
  it("says the same in the words of the tree", () => {
    const plant = bornPlant();
    plant.sessions.apply(speed(77, 2));

    assert.deepEqual(deviceJson(plant), {
      group: "g",
      edgeNode: "e",
      device: "d",
      online: true,
      state: "online",
      timestamp: "2027-01-15T08:00:00.000Z",
      seq: 2,
      metrics: [
        {
          name: "Motor/Speed",
          alias: 1,
          datatype: "Int32",
          value: 77,
          timestamp: "2023-11-14T22:13:20.100Z",
          quality: "good",
          properties: { engUnit: "rpm", readOnly: false },
        },
        {
          name: "ok",
          alias: 2,
          datatype: "Boolean",
          value: true,
          timestamp: "2023-11-14T22:13:20.000Z",
          quality: "good",
          properties: { readOnly: true },
        },
      ],
    });
  });

  it("writes large integers exactly, and what JSON has no form for as nothing, bad", () => {
    const plant = openPlant();
    plant.sessions.apply(nbirth());
    const told = { tellDatatype: true } as const;
    const metrics: readonly MetricToSend[] = [
      { ...told, name: "big", datatype: "UInt64", value: 18_446_744_073_709_551_615n },
      { ...told, name: "nan", datatype: "Double", value: Number.NaN },
      { ...told, name: "bytes", datatype: "Bytes", value: Uint8Array.of(1, 2, 255) },
      { ...told, name: "time", datatype: "DateTime", value: 1_700_000_000_000 },
      {
        ...told,
        name: "table",
        datatype: "DataSet",
        value: { columns: ["a"], types: ["Int64"], rows: [[9_007_199_254_740_993n], [null]] },
      },
    ];
    plant.sessions.apply(message("DBIRTH/e/d", metrics, 1));

    const text = liveJson(plant.tree, certificate(plant, "d"), NOW);

    assert.match(text, /"value":18446744073709551615,/);
    assert.match(text, /"rows":\[\[9007199254740993\],\[null\]\]/);
    const [, nan, bytes, time] = JSON.parse(text).metrics;
    assert.deepEqual([nan.value, nan.quality, nan.reason], [null, "bad", "JSON has no NaN"]);
    assert.deepEqual([bytes.value, time.value], ["AQL/", "2023-11-14T22:13:20.000Z"]);
  });

  it("can be written of any birth", () => {
    fc.assert(
      fc.property(anyMetric(DATATYPES), (any) => {
        const plant = openPlant();
        plant.sessions.apply(nbirth());
        plant.sessions.apply(message("DBIRTH/e/d", [{ ...any, name: "m" }], 1));

        const { metrics } = deviceJson(plant);

        assert.equal(metrics.length, 1);
        assert.equal(metrics[0].datatype, any.datatype);
      }),
    );
  });
});

describe("the topics of live certificates", () => {
  const plant = openPlant();
  for (const edge of ["e1", "e2"]) {
    const birth = nbirth();
    for (const group of ["g1", "NBIRTH"]) {
      const to = (what: string): string => `spBv1.0/${group}/${what}`;
      plant.sessions.apply({ ...birth, topic: to(`NBIRTH/${edge}`) });
      for (const [at, device] of ["d1", "d2"].entries())
        plant.sessions.apply({ ...dbirth(at + 1), topic: to(`DBIRTH/${edge}/${device}`) });
    }
  }
  const all = [...plant.sessions.groups.values()].flatMap((nodes) =>
    [...nodes.values()].flatMap((session) =>
      LIVE_FORMS.flatMap((form) => [
        liveTopic(form, session, undefined),
        ...[...session.devices.keys()].map((device) => liveTopic(form, session, device)),
      ]),
    ),
  );
  const level = fc.constantFrom(
    "+",
    "$UNS",
    "certificates",
    "sparkplug",
    "json",
    "g1",
    "NBIRTH",
    "DBIRTH",
    "e1",
    "d2",
    "",
  );
  const anyFilter = fc
    .tuple(fc.array(level, { maxLength: 8 }), fc.constantFrom("", "#", "+"))
    .map(([levels, last]) => [...levels, ...(last === "" ? [] : [last])].join("/"));
  const nearFilter = fc
    .tuple(
      fc.constantFrom(...all),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.nat(8),
    )
    .map(([topic, isPlus, cut]) => {
      const levels = topic
        .split("/")
        .map((name, at) => (isPlus[at] === true && at > 0 ? "+" : name));
      return (cut < levels.length ? [...levels.slice(0, cut), "#"] : levels).join("/");
    });

  it("are found by a filter as MQTT matches it", () => {
    assert.equal(all.length, 24);
    fc.assert(
      fc.property(fc.oneof(anyFilter, nearFilter), (filter) => {
        const found = [...liveMatching(filter, plant.sessions.groups)].flatMap((one) =>
          one === undefined ? [] : [liveTopic(one.form, one.session, one.deviceId)],
        );

        const wanted = all.filter((topic) => matchesFilter(filter, topic));
        assert.deepEqual(found.toSorted(), wanted.toSorted());
      }),
      { numRuns: 500 },
    );
  });
});
