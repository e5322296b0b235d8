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
  type MetricView,
  type PayloadToSend,
  type PayloadVisitor,
} from "@unshub/sparkplug";
import sparkplugPayload from "sparkplug-payload";
import { measure, type Row } from "./measure.ts";

const T = 1_700_000_000_000;

type Peer = NonNullable<ReturnType<typeof sparkplugPayload.get>>;
type PeerPayload = Parameters<Peer["encodePayload"]>[0];

const PEER = findPeer();

function findPeer(): Peer {
  const found = sparkplugPayload.get("spBv1.0");
  if (found === null || found === undefined) throw new Error("sparkplug-payload is not installed");
  return found;
}

/** What a PLC says: numbers of several kinds, some of them negative, and switches. */
const KINDS: readonly (readonly [Datatype, (index: number) => number | boolean])[] = [
  ["Float", (index) => 1.5 * index],
  ["Int32", (index) => 1000 * index],
  ["Boolean", (index) => index % 2 === 0],
  ["Double", (index) => index / 3],
  ["Int16", (index) => -index],
];

function metric(index: number, tellDatatype: boolean): MetricToSend {
  const [datatype, valueOf] = KINDS[index % KINDS.length] ?? ["Int32", Number];
  const value = valueOf(index);
  return { alias: 100 + index, timestamp: T + index, datatype, tellDatatype, value };
}

function data(tellDatatype: boolean): PayloadToSend {
  const metrics = Array.from({ length: 20 }, (_, index) => metric(index, tellDatatype));
  return { timestamp: T, seq: 7, metrics };
}

function birth(): PayloadToSend {
  const metrics = Array.from({ length: 500 }, (_, index) => ({
    name: `Line${index % 7}/Press/Motor ${index}/Speed`,
    ...metric(index, true),
    properties: [
      { key: "engUnit", datatype: "String" as const, value: "rpm" },
      { key: "readOnly", datatype: "Boolean" as const, value: true },
    ],
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
    else this.values[alias] = Number(view.value(datatype));
    this.times[alias] = view.timestampOr(0);
  }
}

export function codec(): readonly Row[] {
  const ddata = data(true);
  const ddataBytes = encodePayload(ddata);
  const bareBytes = encodePayload(data(false));
  const dbirth = birth();
  const dbirthBytes = encodePayload(dbirth);
  const [peerData, peerBirth] = [asPeerWants(ddata), asPeerWants(dbirth)];
  const columns = new Columns(ddata.metrics);
  const scan = new PayloadScan();
  const peerDecodes = (bytes: Uint8Array) => () => void PEER.decodePayload(bytes);
  const [few, many] = [4000, 100];
  return [
    measure({
      what: "DDATA of 20 metrics: visit",
      ours: () => visitPayload(ddataBytes, columns),
      peer: peerDecodes(ddataBytes),
      target: { times: 10 },
      repeat: few,
    }),
    measure({
      what: "DDATA of 20 metrics: decode",
      ours: () => void decodePayload(ddataBytes),
      peer: peerDecodes(ddataBytes),
      target: { times: 3 },
      repeat: few,
    }),
    measure({
      what: "DDATA of 20 metrics: encode",
      ours: () => void encodePayload(ddata),
      peer: () => void PEER.encodePayload(peerData),
      target: { times: 5 },
      repeat: few,
    }),
    measure({
      what: "DDATA of 20 metrics: scan",
      ours: () => void scanPayload(ddataBytes, scan),
      peer: undefined,
      target: { microseconds: 0.15 },
      repeat: few,
    }),
    measure({
      what: "the same without datatypes: visit",
      ours: () => visitPayload(bareBytes, columns),
      peer: peerDecodes(bareBytes),
      target: undefined,
      repeat: few,
    }),
    measure({
      what: "DBIRTH of 500 metrics: decode",
      ours: () => void decodePayload(dbirthBytes),
      peer: peerDecodes(dbirthBytes),
      target: { times: 3 },
      repeat: many,
    }),
    measure({
      what: "DBIRTH of 500 metrics: encode",
      ours: () => void encodePayload(dbirth),
      peer: () => void PEER.encodePayload(peerBirth),
      target: undefined,
      repeat: many,
    }),
  ];
}
