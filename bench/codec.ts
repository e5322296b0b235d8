/**
 * The payload codec against `sparkplug-payload`, the implementation most JavaScript projects use. Both get the same
 * bytes and the same values; datatypes stand in the data messages, because the peer finds no value without them.
 */
import {
  decodePayload,
  encodePayload,
  PayloadScan,
  scanPayload,
  visitPayload,
  type Datatype,
  type MetricToSend,
  type MetricValue,
  type MetricView,
  type PayloadToSend,
  type PayloadVisitor,
  type PropertyToSend,
} from "@unshub/sparkplug";
import sparkplugPayload from "sparkplug-payload";
import { measure, type Contest, type Row } from "./measure.ts";

const T = 1_700_000_000_000;

type Peer = NonNullable<ReturnType<typeof sparkplugPayload.get>>;
type PeerPayload = Parameters<Peer["encodePayload"]>[0];

const PEER = findPeer();

function findPeer(): Peer {
  const found = sparkplugPayload.get("spBv1.0");
  if (found === null || found === undefined) throw new Error("sparkplug-payload is not installed");
  return found;
}

type Kind = readonly [Datatype, (index: number) => number | boolean | string];

/** Measured values and switches, some of them negative. */
const NUMBERS: readonly Kind[] = [
  ["Float", (index) => 1.5 * index],
  ["Int32", (index) => 1000 * index],
  ["Boolean", (index) => index % 2 === 0],
  ["Double", (index) => index / 3],
  ["Int16", (index) => -index],
];
/** What a machine says: the same, counters, and the step it is in. */
const MACHINE: readonly Kind[] = [
  ...NUMBERS,
  ["UInt16", (index) => 100 * index],
  ["Float", (index) => index / 7],
  ["Int64", (index) => 10_000_000 * index],
  ["String", (index) => `step ${index}`],
  ["Boolean", (index) => index % 3 === 0],
];

function metric(kinds: readonly Kind[], index: number, tellDatatype: boolean): MetricToSend {
  const [datatype, valueOf] = kinds[index % kinds.length] ?? ["Int32", Number];
  const value = valueOf(index);
  return { alias: 100 + index, timestamp: T + index, datatype, tellDatatype, value };
}

function data(kinds: readonly Kind[], tellDatatype: boolean): PayloadToSend {
  const metrics = Array.from({ length: 20 }, (_, index) => metric(kinds, index, tellDatatype));
  return { timestamp: T, seq: 7, metrics };
}

const UNITS = ["rpm", "°C", "bar", "%", "kg/h", "s", "mm"];

/** Unit and access: the same few sets again and again. */
function fewSets(index: number): readonly PropertyToSend[] {
  return [
    { key: "engUnit", datatype: "String", value: UNITS[index % UNITS.length] ?? "" },
    { key: "readOnly", datatype: "Boolean", value: true },
  ];
}

/** A description and limits of its own for each metric of each message: no set comes twice. */
function newSets(): (index: number) => readonly PropertyToSend[] {
  let sets = 0;
  return (index) => {
    sets += 1;
    return [
      ...fewSets(index),
      { key: "Documentation", datatype: "String", value: `Motor ${sets} of the press line` },
      { key: "engHigh", datatype: "Double", value: 100 + sets },
    ];
  };
}

function birth(propertiesOf: typeof fewSets): PayloadToSend {
  const metrics = Array.from({ length: 500 }, (_, index) => ({
    name: `Line${index % 7}/Press/Motor ${index}/Speed`,
    ...metric(MACHINE, index, true),
    properties: propertiesOf(index),
  }));
  return { timestamp: T, seq: 0, metrics };
}

/** The same payload as the peer wants it. */
function asPeerWants({ metrics, ...head }: PayloadToSend): PeerPayload {
  const theirs = metrics.map(({ datatype, tellDatatype: _told, properties, ...rest }) => ({
    ...rest,
    type: datatype,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        properties.map((each) => [each.key, { type: each.datatype, value: each.value }]),
      ),
    }),
  }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types ask for more than its code
  return { ...head, metrics: theirs } as unknown as PeerPayload;
}

/** Keeps alias, value and time of what it sees in columns, as the hub's tree does. */
class Columns implements PayloadVisitor {
  readonly values = new Float64Array(200);
  readonly times = new Float64Array(200);
  readonly others: MetricValue[] = Array.from({ length: 200 }, () => null);
  /** By alias. */
  readonly #datatypes: Datatype[] = [];

  constructor(metrics: readonly MetricToSend[]) {
    for (const { alias, datatype } of metrics) this.#datatypes[Number(alias)] = datatype;
  }

  metric(view: MetricView): void {
    const { alias } = view;
    if (typeof alias !== "number") return;
    const datatype = this.#datatypes[alias];
    if (datatype === undefined) return;
    if (view.isNumber(datatype)) this.values[alias] = view.number;
    else this.others[alias] = view.value(datatype);
    this.times[alias] = view.timestampOr(0);
  }
}

function peerDecodes(bytes: Uint8Array): () => void {
  return () => void PEER.decodePayload(bytes);
}

const CHECK_FIRST = { check: "all first" } as const;

/** How often each is done in one round. */
const OFTEN = 4000;
const SELDOM = 100;

/** A DDATA of 20 metrics, every way. */
function data20(): readonly Row[] {
  const sent = data(MACHINE, true);
  const bytes = encodePayload(sent);
  const peerSent = asPeerWants(sent);
  const columns = new Columns(sent.metrics);
  const scan = new PayloadScan();
  const ways: readonly Omit<Contest, "repeat">[] = [
    {
      what: "DDATA of 20 metrics: visit",
      ours: () => visitPayload(bytes, columns),
      peer: peerDecodes(bytes),
      target: { times: 10 },
    },
    {
      what: "DDATA of 20 metrics: decode",
      ours: () => void decodePayload(bytes),
      peer: peerDecodes(bytes),
      target: { times: 3 },
    },
    {
      what: "DDATA of 20 metrics: encode",
      ours: () => void encodePayload(sent),
      peer: () => void PEER.encodePayload(peerSent),
      target: { times: 5 },
    },
    {
      what: "DDATA of 20 metrics: scan",
      ours: () => void scanPayload(bytes, scan),
      peer: undefined,
      target: { microseconds: 0.15 },
    },
  ];
  return ways.map((way) => measure({ ...way, repeat: OFTEN }));
}

/** The same in other forms, for comparison only. */
function otherData(): readonly Row[] {
  const forms = [
    ["the same without datatypes: visit", data(MACHINE, false)],
    ["numbers and switches only: visit", data(NUMBERS, true)],
  ] as const;
  const checked = data(MACHINE, true);
  const checkedBytes = encodePayload(checked);
  const checkedColumns = new Columns(checked.metrics);
  const row = measure({
    what: "the same, all checked first: visit",
    ours: () => visitPayload(checkedBytes, checkedColumns, CHECK_FIRST),
    peer: peerDecodes(checkedBytes),
    target: undefined,
    repeat: OFTEN,
  });
  const rows = forms.map(([what, sent]) => {
    const bytes = encodePayload(sent);
    const columns = new Columns(sent.metrics);
    const ours = (): void => visitPayload(bytes, columns);
    return measure({ what, ours, peer: peerDecodes(bytes), target: undefined, repeat: OFTEN });
  });
  return [...rows, row];
}

function birth500(): readonly Row[] {
  const sent = birth(fewSets);
  const bytes = encodePayload(sent);
  const peerSent = asPeerWants(sent);
  return [
    measure({
      what: "DBIRTH of 500 metrics: decode",
      ours: () => void decodePayload(bytes),
      peer: peerDecodes(bytes),
      target: { times: 3 },
      repeat: SELDOM,
    }),
    measure({
      what: "DBIRTH of 500 metrics: encode",
      ours: () => void encodePayload(sent),
      peer: () => void PEER.encodePayload(peerSent),
      target: undefined,
      repeat: SELDOM,
    }),
  ];
}

/** Forty births in turn, so that no set of properties is one that was decoded shortly before. */
function birthOfDifferentSets(): readonly Row[] {
  const propertiesOf = newSets();
  const births = Array.from({ length: 40 }, () => encodePayload(birth(propertiesOf)));
  const inTurn = (decode: (bytes: Uint8Array) => unknown): (() => void) => {
    let count = 0;
    return () => {
      decode(births[count % births.length] ?? new Uint8Array(0));
      count += 1;
    };
  };
  const what = "the same, every property set different: decode";
  const ours = inTurn((bytes) => decodePayload(bytes));
  const peer = inTurn((bytes) => PEER.decodePayload(bytes));
  return [measure({ what, ours, peer, target: undefined, repeat: SELDOM })];
}

export function codec(): readonly Row[] {
  return [...data20(), ...otherData(), ...birth500(), ...birthOfDifferentSets()];
}
