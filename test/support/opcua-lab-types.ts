/** A structure of its own type, and an enumeration, in a lab server. */
import { ensureDatatypeExtracted } from "node-opcua-address-space";
import { DataType, resolveNodeId, Variant, VariantArrayType, type NodeId } from "node-opcua-client";
import { OpcUaLab, type AddressSpace, type Namespace } from "./opcua-lab.ts";

const MOTOR = "s=MotorType";
const MEMBERS = {
  speed: 1.5,
  count: [0, 5],
  name: "M1",
  mode: 1,
  samples: [1, 2],
  limits: { low: 0, high: 5 },
};

/** A lab with `Motor`, a structure, `Motors`, an array of two, and `Mode`, an enumeration. */
export async function startMotorLab(): Promise<OpcUaLab> {
  let modeType: NodeId | undefined;
  const lab = await OpcUaLab.start({
    prepare: async (namespace, space) => {
      modeType = await addTypes(namespace, space);
    },
  });
  const { index } = lab.namespace;
  const dataType = `ns=${index};${MOTOR}`;
  lab.add("Motor", motorValue(lab), { dataType });
  const both = [motorValue(lab).value, motorValue(lab, { name: "M2" }).value];
  const motors = new Variant({
    dataType: DataType.ExtensionObject,
    arrayType: VariantArrayType.Array,
    value: both,
  });
  lab.add("Motors", motors, { dataType, valueRank: 1, arrayDimensions: [0] });
  const mode = new Variant({ dataType: DataType.Int32, value: 1 });
  lab.add("Mode", mode, { dataType: modeType });
  return lab;
}

/** Where its type is found. */
export function motorType({ namespace }: OpcUaLab): NodeId {
  return resolveNodeId(`ns=${namespace.index};${MOTOR}`);
}

/** The structure, with other members where they are given. */
export function motorValue(lab: OpcUaLab, members: object = {}): Variant {
  const value = lab.space.constructExtensionObject(motorType(lab), { ...MEMBERS, ...members });
  return new Variant({ dataType: DataType.ExtensionObject, value });
}

/** Answers the type of the enumeration. */
async function addTypes(namespace: Namespace, space: AddressSpace): Promise<NodeId> {
  const mode = namespace.addEnumerationType({
    browseName: "MotorMode",
    enumeration: ["Off", "Auto", "Manual"],
  });
  const type = namespace.createDataType({
    browseName: "Motor",
    nodeId: MOTOR,
    isAbstract: false,
    subtypeOf: "Structure",
    partialDefinition: [
      { name: "Speed", dataType: "i=11", valueRank: -1 },
      { name: "Count", dataType: "i=8", valueRank: -1 },
      { name: "Name", dataType: "i=12", valueRank: -1 },
      { name: "Mode", dataType: mode.nodeId, valueRank: -1 },
      { name: "Samples", dataType: "i=10", valueRank: 1, arrayDimensions: [0] },
      { name: "Limits", dataType: "i=884", valueRank: -1 },
    ],
  });
  const encoding = {
    browseName: { name: "Default Binary", namespaceIndex: 0 },
    symbolicName: "DefaultBinary",
    nodeId: "s=MotorEncoding",
    encodingOf: type,
    typeDefinition: "DataTypeEncodingType",
  };
  namespace.addObject(encoding);
  await ensureDatatypeExtracted(space);
  return mode.nodeId;
}
