/** The properties of MQTT 5: written in the order and number a test asks for, read with every rule of the standard. */
import {
  byte,
  counted,
  fourBytes,
  type Text,
  twoBytes,
  varint,
  WireFault,
  WireReader,
} from "./mqtt-wire-bytes.ts";

type Kind = "byte" | "two" | "four" | "varint" | "text" | "binary" | "pair";

const IDS = {
  payloadFormat: [0x01, "byte"],
  messageExpiry: [0x02, "four"],
  contentType: [0x03, "text"],
  responseTopic: [0x08, "text"],
  correlationData: [0x09, "binary"],
  subscriptionIdentifier: [0x0b, "varint"],
  sessionExpiry: [0x11, "four"],
  assignedClientId: [0x12, "text"],
  serverKeepAlive: [0x13, "two"],
  authMethod: [0x15, "text"],
  authData: [0x16, "binary"],
  requestProblemInformation: [0x17, "byte"],
  willDelay: [0x18, "four"],
  requestResponseInformation: [0x19, "byte"],
  responseInformation: [0x1a, "text"],
  serverReference: [0x1c, "text"],
  reasonString: [0x1f, "text"],
  receiveMaximum: [0x21, "two"],
  topicAliasMaximum: [0x22, "two"],
  topicAlias: [0x23, "two"],
  maximumQos: [0x24, "byte"],
  retainAvailable: [0x25, "byte"],
  userProperty: [0x26, "pair"],
  maximumPacketSize: [0x27, "four"],
  wildcardsAvailable: [0x28, "byte"],
  subscriptionIdentifiersAvailable: [0x29, "byte"],
  sharedAvailable: [0x2a, "byte"],
} as const satisfies Readonly<Record<string, readonly [id: number, kind: Kind]>>;

export type PropertyName = keyof typeof IDS;
export type PropertyValue = number | Text | readonly [name: Text, value: Text];
export type Property = readonly [name: PropertyName, value: PropertyValue];

/** What a server may send where. */
const FROM_SERVER: Readonly<Record<string, readonly PropertyName[]>> = {
  connack: [
    "sessionExpiry",
    "assignedClientId",
    "serverKeepAlive",
    "authMethod",
    "authData",
    "responseInformation",
    "serverReference",
    "reasonString",
    "receiveMaximum",
    "topicAliasMaximum",
    "maximumQos",
    "retainAvailable",
    "userProperty",
    "maximumPacketSize",
    "wildcardsAvailable",
    "subscriptionIdentifiersAvailable",
    "sharedAvailable",
  ],
  publish: [
    "payloadFormat",
    "messageExpiry",
    "contentType",
    "responseTopic",
    "correlationData",
    "subscriptionIdentifier",
    "topicAlias",
    "userProperty",
  ],
  puback: ["reasonString", "userProperty"],
  pubrec: ["reasonString", "userProperty"],
  pubrel: ["reasonString", "userProperty"],
  pubcomp: ["reasonString", "userProperty"],
  suback: ["reasonString", "userProperty"],
  unsuback: ["reasonString", "userProperty"],
  // No sessionExpiry: [MQTT5-3.14.2-2]
  disconnect: ["serverReference", "reasonString", "userProperty"],
  auth: ["authMethod", "authData", "reasonString", "userProperty"],
};

/** Property length and properties; bytes are taken as they are, with the length before them. */
export function encodeProperties(properties: readonly Property[] | Uint8Array = []): Buffer {
  const body =
    properties instanceof Uint8Array ? properties : Buffer.concat(properties.map(encodeProperty));
  return Buffer.concat([varint(body.length), body]);
}

export function encodeProperty([name, value]: Property): Buffer {
  const [id, kind] = IDS[name];
  return Buffer.concat([varint(id), encodeValue(kind, value)]);
}

function encodeValue(kind: Kind, value: PropertyValue): Uint8Array {
  if (typeof value === "number") return encodeNumber(kind, value);
  if (typeof value === "string" || value instanceof Uint8Array) return counted(value);
  return Buffer.concat(value.map(counted));
}

function encodeNumber(kind: Kind, value: number): Buffer {
  if (kind === "byte") return byte(value);
  if (kind === "two") return twoBytes(value);
  return kind === "four" ? fourBytes(value) : varint(value);
}

/** @throws {WireFault} for an unknown property, one that has no place in this packet, or one that comes twice. */
export function decodeProperties(packet: string, reader: WireReader): readonly Property[] {
  const block = new WireReader(reader.take(reader.varint()));
  const properties: Property[] = [];
  while (block.left > 0) properties.push(decodeProperty(packet, block));
  const names = properties.map(([name]) => name).filter((name) => !isRepeatable(packet, name));
  if (new Set(names).size < names.length)
    throw new WireFault(`${packet} has one twice: ${names.join(", ")}`);
  return properties;
}

function decodeProperty(packet: string, block: WireReader): Property {
  const id = block.varint();
  const allowed = FROM_SERVER[packet] ?? [];
  const name = allowed.find((each) => IDS[each][0] === id);
  if (name === undefined) throw new WireFault(`${packet} with property ${id}`);
  return [name, decodeValue(IDS[name][1], block)];
}

function decodeValue(kind: Kind, block: WireReader): PropertyValue {
  switch (kind) {
    case "byte":
      return block.byte();
    case "two":
      return block.twoBytes();
    case "four":
      return block.fourBytes();
    case "varint":
      return block.varint();
    case "text":
      return block.text();
    case "binary":
      return block.counted();
    case "pair":
      return [block.text(), block.text()];
  }
}

function isRepeatable(packet: string, name: PropertyName): boolean {
  return name === "userProperty" || (packet === "publish" && name === "subscriptionIdentifier");
}

export interface HasProperties {
  readonly properties: readonly Property[];
}

/** All values of a property, in their order. */
export function valuesOf({ properties }: HasProperties, name: PropertyName): PropertyValue[] {
  return properties.filter(([each]) => each === name).map(([, value]) => value);
}

/** The value of a property that comes once. */
export function valueOf(packet: HasProperties, name: PropertyName): PropertyValue | undefined {
  return valuesOf(packet, name)[0];
}

/** The number in a property, or what counts when it is absent. */
export function numberOf(packet: HasProperties, name: PropertyName, absent: number): number {
  const value = valueOf(packet, name) ?? absent;
  if (typeof value !== "number") throw new TypeError(`${name} is no number`);
  return value;
}
