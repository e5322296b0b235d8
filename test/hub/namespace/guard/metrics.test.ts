import {
  dbirth,
  nbirth,
  sent,
  SPEED,
  testOffences,
  type Ids,
  type Offence,
  type Sent,
} from "../../../support/guard-plant.ts";
import type { RawMetric } from "../../../support/sparkplug-raw.ts";

/** A DBIRTH of these metrics is wrong. */
function born(
  metrics: readonly RawMetric[],
  says: RegExp,
  ids: readonly string[],
): Omit<Offence, "code"> {
  return {
    send: (names) => [nbirth(names), dbirth(names, metrics)],
    says,
    ids,
    rejected: { disconnect: 0x99 },
  };
}

/** After a DBIRTH of `Speed` and `Load`, alias 7, a DDATA of these metrics is wrong. */
function data(
  metrics: readonly RawMetric[],
  says: RegExp,
  ids: readonly string[],
): Omit<Offence, "code"> {
  const birth = [SPEED, { ...SPEED, name: "Load", alias: 7 }];
  const send = (names: Ids): readonly Sent[] => [
    nbirth(names),
    dbirth(names, birth),
    sent(names, "DDATA/d", { seq: 2, metrics }),
  ];
  return { send, says, ids, rejected: "dropped" };
}

const { name: _name, ...NAMELESS } = SPEED;
const { datatype: _datatype, ...TYPELESS } = SPEED;
const { timestamp: _timestamp, ...TIMELESS } = SPEED;
const { int: _int, ...VALUELESS } = SPEED;
const TABLE: RawMetric = { name: "Table", datatype: 16, timestamp: 1 };
const MOTOR: RawMetric = { name: "Motor", datatype: 19, timestamp: 1 };
const DEFINITION: RawMetric = {
  ...MOTOR,
  template: {
    isDefinition: true,
    metrics: [{ ...SPEED }],
    parameters: [{ name: "Size", type: 3, int: 1 }],
  },
};

testOffences("metrics of births", [
  {
    code: "M01",
    ...born([NAMELESS], /a metric of the birth has no name/, ["topics-dbirth-metrics"]),
  },
  {
    code: "M01",
    how: "an alias alone",
    ...born([{ ...NAMELESS, alias: 3 }], /alias 3 of the birth has no name/, [
      "payloads-alias-birth-requirement",
    ]),
  },
  {
    code: "M02",
    ...born([TYPELESS], /"Speed" has no datatype in the birth/, ["payloads-metric-datatype-req"]),
  },
  {
    code: "M03",
    ...born([{ ...SPEED, datatype: 20 }], /"Speed" has datatype 20, which no metric may have/, [
      "payloads-metric-datatype-value",
    ]),
  },
  {
    code: "M04",
    ...born([VALUELESS], /"Speed" has neither value nor is_null/, [
      "operational-behavior-data-publish-dbirth-values",
    ]),
  },
  {
    code: "M04",
    how: "both",
    ...born([{ ...SPEED, isNull: true }], /"Speed" has a value and is_null/, [
      "topics-dbirth-metrics",
    ]),
  },
  {
    code: "M05",
    ...born([{ ...VALUELESS, string: "5" }], /"Speed", Int32: .*string/, ["topics-dbirth-metrics"]),
  },
  {
    code: "M05",
    how: "an array",
    ...born(
      [{ ...VALUELESS, datatype: 24, bytes: new Uint8Array(5) }],
      /"Speed", Int32Array: /,
      [],
    ),
  },
  {
    code: "M06",
    ...born([TIMELESS], /"Speed" has no timestamp/, ["payloads-name-birth-data-requirement"]),
  },
  {
    code: "M07",
    ...born(
      [
        { ...SPEED, alias: 1 },
        { ...SPEED, name: "Load", alias: 1 },
      ],
      /alias 1 of "Load" already belongs to "Speed"/,
      ["payloads-alias-uniqueness"],
    ),
  },
  {
    code: "M07",
    how: "of another member",
    send: (ids) => [nbirth(ids, [{ ...SPEED, alias: 1 }]), dbirth(ids, [{ ...SPEED, alias: 1 }])],
    says: /alias 1 of "Speed" already belongs to "Speed" of the edge node/,
    ids: ["payloads-alias-uniqueness"],
    rejected: { disconnect: 0x99 },
  },
  {
    code: "M12",
    ...born([SPEED, { ...SPEED, name: "speed" }], /"speed" and "Speed" differ only in case/, [
      "case-sensitivity-metric-names",
    ]),
  },
  {
    code: "M13",
    ...born([{ ...SPEED, properties: [{ key: "engUnit" }] }], /1 property keys, 0 values/, [
      "payloads-propertyset-keys-array-size",
    ]),
  },
  {
    code: "M14",
    ...born(
      [{ ...SPEED, properties: [{ key: "engLow", int: 3 }] }],
      /property "engLow" of "Speed" has no type/,
      ["payloads-metric-propertyvalue-type-req"],
    ),
  },
  {
    code: "M14",
    how: "an illegal type",
    ...born(
      [{ ...SPEED, properties: [{ key: "engLow", type: 17, int: 3 }] }],
      /has type 17, which no property may have/,
      ["payloads-metric-propertyvalue-type-value"],
    ),
  },
  {
    code: "M15",
    ...born(
      [{ ...SPEED, properties: [{ key: "Quality", type: 3, int: 64 }] }],
      /Quality of "Speed" is 64, expected 0, 192 or 500/,
      ["payloads-propertyset-quality-value-value"],
    ),
  },
  {
    code: "M16",
    ...born(
      [{ ...TABLE, dataset: { columns: ["a", "b"], types: [3], count: 2 } }],
      /"Table", DataSet: /,
      ["payloads-dataset-types-num"],
    ),
  },
  {
    code: "M17",
    ...born([DEFINITION], /"Motor" is a template definition in DBIRTH/, [
      "payloads-template-definition-nbirth-only",
    ]),
  },
  {
    code: "M18",
    ...born(
      [{ ...MOTOR, name: "M1", template: { isDefinition: false } }],
      /"M1" is an instance without template_ref/,
      ["payloads-template-instance-ref"],
    ),
  },
  {
    code: "M19",
    ...born(
      [{ ...MOTOR, name: "M1", template: { isDefinition: false, ref: "Pump" } }],
      /"M1" refers to "Pump", which is not in NBIRTH/,
      ["payloads-template-instance-ref"],
    ),
  },
  {
    code: "M19",
    how: "a member is missing",
    send: (ids) => [
      nbirth(ids, [DEFINITION]),
      dbirth(ids, [{ ...MOTOR, name: "M1", template: { isDefinition: false, ref: "Motor" } }]),
    ],
    says: /"M1", an instance of "Motor", lacks the member "Speed"/,
    ids: ["payloads-template-instance-members-birth"],
    rejected: { disconnect: 0x99 },
  },
  {
    code: "M20",
    ...born(
      [{ ...MOTOR, template: { isDefinition: true, parameters: [{ name: "Size", type: 17 }] } }],
      /parameter "Size" of "Motor" has type 17, which is not basic/,
      ["payloads-template-parameter-type-value"],
    ),
  },
  {
    code: "M11",
    send: (ids) => [
      sent(ids, "NBIRTH", {
        seq: 0,
        metrics: [{ name: "bdSeq", datatype: 4, long: 0, timestamp: 1 }],
      }),
    ],
    says: /NBIRTH has no metric "Node Control\/Rebirth"/,
    ids: ["topics-nbirth-rebirth-metric"],
    rejected: { disconnect: 0x99 },
  },
  {
    code: "M11",
    how: "an alias on Node Control/Rebirth",
    send: (ids) => [
      sent(ids, "NBIRTH", {
        seq: 0,
        metrics: [
          { name: "bdSeq", datatype: 4, long: 0, timestamp: 1 },
          { name: "Node Control/Rebirth", alias: 1, datatype: 11, boolean: false, timestamp: 1 },
        ],
      }),
    ],
    says: /"Node Control\/Rebirth" has alias 1, expected none/,
    ids: ["operational-behavior-data-commands-rebirth-name-aliases"],
    rejected: { disconnect: 0x99 },
  },
]);

testOffences("metrics of data, commands and deaths", [
  {
    code: "M05",
    ...data([{ name: "Speed", timestamp: 1, string: "5" }], /"Speed", Int32: .*string/, []),
  },
  {
    code: "M08",
    ...data([NAMELESS], /a metric has neither name nor alias/, ["payloads-name-requirement"]),
  },
  {
    code: "M08",
    how: "both",
    ...data(
      [{ name: "Load", alias: 7, int: 1, timestamp: 1 }],
      /"Load" has name and alias 7, expected the alias alone/,
      ["payloads-alias-data-cmd-requirement"],
    ),
  },
  { code: "M09", ...data([{ ...SPEED, name: "Torque" }], /"Torque" is not in the birth/, []) },
  {
    code: "M10",
    ...data([SPEED], /"Speed" repeats its datatype/, ["payloads-metric-datatype-not-req"]),
  },
  {
    code: "M21",
    ...data(
      [
        { name: "Speed", int: 1, timestamp: 9 },
        { alias: 7, int: 1, timestamp: 5 },
      ],
      /alias 7 is 4 ms older than a metric before it/,
      ["operational-behavior-data-publish-dbirth-order"],
    ),
  },
  {
    code: "M09",
    how: "a command",
    send: (ids) => [nbirth(ids), sent(ids, "NCMD", { metrics: [{ ...SPEED }] })],
    says: /"Speed" is not in the birth/,
    ids: ["operational-behavior-data-commands-ncmd-metric-name"],
    rejected: "dropped",
  },
  {
    code: "M11",
    how: "a command in the wrong case",
    send: (ids) => [
      sent(ids, "NCMD", {
        metrics: [{ name: "Node control/rebirth", datatype: 11, boolean: true }],
      }),
    ],
    says: /"Node control\/rebirth" is no command, expected "Node Control\/Rebirth"/,
    ids: ["operational-behavior-data-commands-ncmd-rebirth-name"],
    rejected: "dropped",
  },
  {
    code: "M22",
    send: (ids) => [
      nbirth(ids),
      sent(ids, "NDEATH", { metrics: [{ name: "bdSeq", datatype: 4, long: 0 }, SPEED] }),
    ],
    says: /NDEATH has 2 metrics, expected bdSeq alone/,
    ids: ["topics-ndeath-payload"],
    rejected: "nothing",
    isToldOnly: true,
  },
]);
