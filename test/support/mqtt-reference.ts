/**
 * Reads what a client may send, slowly and plainly, after the tables of the standards: the yardstick of the checks in
 * `hub/src/broker/wire`. It shares no code with them.
 */

export type Version = 3 | 4 | 5;

/** What a packet says; `undefined` stands for one that is not legal in form. */
export type Read = Readonly<Record<string, unknown>> | undefined;

type Kind =
  | "connect"
  | "will"
  | "publish"
  | "ack"
  | "subscribe"
  | "unsubscribe"
  | "disconnect"
  | "auth";
type Form =
  | "bit"
  | "u16"
  | "u16+"
  | "u32"
  | "u32+"
  | "varint+"
  | "text"
  | "data"
  | "pair"
  | "topic"
  | "alias";

/** MQTT 5, table 2-4, as far as a client may send them. */
const PROPERTIES: ReadonlyMap<number, { readonly form: Form; readonly in: readonly Kind[] }> =
  new Map([
    [1, { form: "bit", in: ["publish", "will"] }],
    [2, { form: "u32", in: ["publish", "will"] }],
    [3, { form: "text", in: ["publish", "will"] }],
    [8, { form: "topic", in: ["publish", "will"] }],
    [9, { form: "data", in: ["publish", "will"] }],
    [11, { form: "varint+", in: ["subscribe"] }],
    [17, { form: "u32", in: ["connect", "disconnect"] }],
    [21, { form: "text", in: ["connect", "auth"] }],
    [22, { form: "data", in: ["connect", "auth"] }],
    [23, { form: "bit", in: ["connect"] }],
    [24, { form: "u32", in: ["will"] }],
    [25, { form: "bit", in: ["connect"] }],
    [31, { form: "text", in: ["ack", "disconnect", "auth"] }],
    [33, { form: "u16+", in: ["connect"] }],
    [34, { form: "u16", in: ["connect"] }],
    [35, { form: "alias", in: ["publish"] }],
    [
      38,
      {
        form: "pair",
        in: ["connect", "will", "publish", "ack", "subscribe", "unsubscribe", "disconnect", "auth"],
      },
    ],
    [39, { form: "u32+", in: ["connect"] }],
  ] as const);

const ACK_CODES: ReadonlyMap<number, readonly number[]> = new Map([
  [4, [0, 16, 128, 131, 135, 144, 145, 151, 153]],
  [5, [0, 16, 128, 131, 135, 144, 145, 151, 153]],
  [6, [0, 146]],
  [7, [0, 146]],
]);
const DISCONNECT_CODES = [
  0, 4, 128, 129, 130, 131, 135, 137, 139, 141, 142, 143, 144, 147, 148, 149, 150, 151, 152, 153,
  154, 155, 156, 157, 158, 159, 160, 161, 162,
];

class Illegal extends Error {}

function must(isSo: boolean): asserts isSo {
  if (!isSo) throw new Illegal();
}

/** Takes bytes away from the front of a list. */
class Input {
  readonly #left: number[];

  constructor(bytes: Iterable<number>) {
    this.#left = [...bytes];
  }

  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  bytes(count: number): number[] {
    must(this.#left.length >= count);
    return this.#left.splice(0, count);
  }

  number(bytes: number): number {
    return this.bytes(bytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** In as few bytes as it needs, if `isStrict`. */
  varint(isStrict: boolean): number {
    let value = 0;
    for (let place = 0; place < 4; place += 1) {
      const byte = this.number(1);
      value += (byte % 128) * 128 ** place;
      if (byte >= 128) continue;
      must(!isStrict || place === 0 || byte !== 0);
      return value;
    }
    throw new Illegal();
  }

  rest(): number[] {
    return this.bytes(this.#left.length);
  }

  data(): number[] {
    return this.bytes(this.number(2));
  }

  text(): string {
    const bytes = this.data();
    must(!bytes.includes(0));
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        Uint8Array.from(bytes),
      );
    } catch {
      throw new Illegal();
    }
  }

  properties(kind: Kind): Map<number, unknown> {
    const inside = new Input(this.bytes(this.varint(true)));
    const found = new Map<number, unknown>();
    while (!inside.isEmpty) {
      const identifier = inside.number(1);
      const known = PROPERTIES.get(identifier);
      must(known?.in.includes(kind) === true);
      must(known.form === "pair" || !found.has(identifier));
      found.set(identifier, inside.#value(known.form));
    }
    return found;
  }

  #value(form: Form): unknown {
    if (form === "text") return this.text();
    if (form === "data") return this.data();
    if (form === "pair") return [this.text(), this.text()];
    if (form === "topic") {
      const topic = this.text();
      must(topic !== "" && !/[#+]/.test(topic));
      return topic;
    }
    const value = this.#numberOf(form);
    if (form === "bit") must(value < 2);
    if (form.endsWith("+")) must(value > 0);
    return value;
  }

  #numberOf(form: Form): number {
    if (form === "varint+") return this.varint(true);
    if (form === "bit") return this.number(1);
    return this.number(form.startsWith("u32") ? 4 : 2);
  }
}

/** One whole frame, whose length is right; `version` is that of the connection, of no meaning for CONNECT. */
export function referenceRead(frame: Uint8Array, version: Version): Read {
  const [first = 0] = frame;
  const input = new Input(frame.subarray(1));
  try {
    const isConnect = first === 0x10;
    input.varint(false); // whoever looks for frames has judged that of all others
    const isWide = isConnect && isWidePacket(frame);
    const read = isConnect ? connect(input, isWide) : packet(first, input, version);
    must(input.isEmpty);
    return read;
  } catch (error) {
    if (error instanceof Illegal) return undefined;
    throw error;
  }
}

function isWidePacket(frame: Uint8Array): boolean {
  let at = 1;
  while ((frame[at] ?? 0) >= 128) at += 1;
  return at > 1 && frame[at] === 0;
}

// oxlint-disable-next-line complexity -- one line per packet
function packet(first: number, input: Input, version: Version): Readonly<Record<string, unknown>> {
  const type = first >> 4;
  const flags = first % 16;
  if (type === 3) return publish(flags, input, version);
  must(flags === ([6, 8, 10].includes(type) ? 2 : 0));
  const isNew = version === 5;
  switch (type) {
    case 4:
    case 5:
    case 6:
    case 7:
      return acknowledgement(type, input, isNew);
    case 8:
      return subscribe(input, isNew);
    case 10:
      return unsubscribe(input, isNew);
    case 12:
      return {};
    case 14:
      return ending(input, isNew ? DISCONNECT_CODES : undefined, "disconnect");
    case 15:
      must(isNew);
      return ending(input, [0, 24, 25], "auth");
    default:
      throw new Illegal();
  }
}

function publish(flags: number, input: Input, version: Version): Readonly<Record<string, unknown>> {
  const qos = (flags >> 1) % 4;
  const isDup = flags >= 8;
  must(qos < 3 && !(isDup && qos === 0));
  const topic = input.data();
  const packetId = qos > 0 ? input.number(2) : 0;
  must(qos === 0 || packetId > 0);
  const properties = version === 5 ? input.properties("publish") : new Map<number, unknown>();
  must(properties.get(35) !== 0);
  const payload = input.rest();
  return { qos, isDup, retain: flags % 2 === 1, topic, packetId, properties, payload };
}

function packetIdIn(input: Input): number {
  const packetId = input.number(2);
  must(packetId > 0);
  return packetId;
}

function acknowledgement(
  type: number,
  input: Input,
  isNew: boolean,
): Readonly<Record<string, unknown>> {
  const packetId = packetIdIn(input);
  if (!isNew) return { packetId };
  return { packetId, ...ending(input, ACK_CODES.get(type), "ack") };
}

/** A reason code and properties, each of which may be left out. */
function ending(
  input: Input,
  codes: readonly number[] | undefined,
  kind: Kind,
): Readonly<Record<string, unknown>> {
  if (codes === undefined || input.isEmpty) return { code: 0, properties: new Map() };
  const code = input.number(1);
  must(codes.includes(code));
  return { code, properties: input.isEmpty ? new Map() : input.properties(kind) };
}

function subscribe(input: Input, isNew: boolean): Readonly<Record<string, unknown>> {
  const packetId = packetIdIn(input);
  const properties = isNew ? input.properties("subscribe") : new Map<number, unknown>();
  const filters: unknown[] = [];
  do {
    const filter = input.text();
    const options = input.number(1);
    const qos = options % 4;
    const handling = (options >> 4) % 4;
    must(qos < 3 && handling < 3 && options < (isNew ? 64 : 4));
    filters.push([filter, qos, (options >> 2) % 2 === 1, (options >> 3) % 2 === 1, handling]);
  } while (!input.isEmpty);
  return { packetId, properties, filters };
}

function unsubscribe(input: Input, isNew: boolean): Readonly<Record<string, unknown>> {
  const packetId = packetIdIn(input);
  if (isNew) input.properties("unsubscribe");
  const filters: string[] = [];
  do filters.push(input.text());
  while (!input.isEmpty);
  return { packetId, filters };
}

function connect(input: Input, isWide: boolean): Readonly<Record<string, unknown>> {
  const name = input.text();
  const level = input.number(1);
  must((name === "MQTT" && (level === 4 || level === 5)) || (name === "MQIsdp" && level === 3));
  const isNew = level === 5;
  must(!(isNew && isWide));
  const flags = input.number(1);
  mustBeConnectFlags(flags, isNew);
  const keepAlive = input.number(2);
  const properties = isNew ? input.properties("connect") : new Map<number, unknown>();
  const clientId = input.text();
  const will = (flags & 4) > 0 ? willIn(input, flags, isNew) : undefined;
  const username = (flags & 128) > 0 ? input.text() : undefined;
  const password = (flags & 64) > 0 ? input.data() : undefined;
  const clean = (flags & 2) > 0;
  return { level, clean, keepAlive, properties, clientId, will, username, password };
}

function mustBeConnectFlags(flags: number, isNew: boolean): void {
  const hasWill = (flags & 4) > 0;
  must(flags % 2 === 0 && (flags & 24) < 24 && (hasWill || (flags & 0x38) === 0));
  must(isNew || (flags & 0xc0) !== 0x40);
}

function willIn(input: Input, flags: number, isNew: boolean): Readonly<Record<string, unknown>> {
  const properties = isNew ? input.properties("will") : new Map<number, unknown>();
  const topic = input.text();
  const payload = input.data();
  return { properties, topic, payload, qos: (flags >> 3) % 4, retain: (flags & 32) > 0 };
}
