/** Puts the paint cell's variables into the address space of an OPC UA server and keeps their values fresh. */
import { DataType, StatusCodes, Variant, VariantArrayType } from "node-opcua-client";
import type { StatusCode } from "node-opcua-client";
import type { OPCUAServer } from "node-opcua-server";
import type { PaintCell } from "./paint-cell.ts";
import type { NodeRow, NodeValue } from "./paint-nodes.ts";
import { PAINT_NAMESPACE, PAINT_NODES } from "./paint-nodes.ts";

type AddressSpace = NonNullable<OPCUAServer["engine"]["addressSpace"]>;
type Namespace = ReturnType<AddressSpace["registerNamespace"]>;
type Folder = ReturnType<Namespace["addFolder"]>;

/** How often a client may have the values at most; the machine moves no faster. */
const MINIMUM_SAMPLING_MS = 100;

/**
 * Adds the folder `PaintCell` with all its variables.
 * Returns what must be called after each step of the machine, so that clients see the new values.
 */
export function addPaintNodes(
  addressSpace: AddressSpace,
  cell: PaintCell,
  startedAt: number,
): () => void {
  const namespace = addressSpace.registerNamespace(PAINT_NAMESPACE);
  const root = namespace.addFolder(addressSpace.rootFolder.objects, {
    browseName: "PaintCell",
    nodeId: "s=PaintCell",
  });
  const folders = new Map<string, Folder>();
  const refreshers = PAINT_NODES.map((row) => {
    const [folderName = "", leaf = ""] = row.path.split(".");
    const folder =
      folders.get(folderName) ??
      namespace.addFolder(root, { browseName: folderName, nodeId: `s=PaintCell.${folderName}` });
    folders.set(folderName, folder);
    const variable = namespace.addVariable({
      componentOf: folder,
      browseName: leaf,
      nodeId: `s=PaintCell.${row.path}`,
      dataType: row.type,
      minimumSamplingInterval: MINIMUM_SAMPLING_MS,
      accessLevel: row.write === undefined ? "CurrentRead" : "CurrentRead | CurrentWrite",
    });
    const read = (): Variant => toVariant(row, row.read(cell, startedAt));
    if (row.write !== undefined) {
      variable.bindVariable({ get: read, set: (asked: Variant) => write(row, cell, asked) });
      return (): void => undefined;
    }
    let last: NodeValue | undefined;
    return (): void => {
      const value = row.read(cell, startedAt);
      if (value === last) return;
      last = value;
      variable.setValueFromSource(toVariant(row, value), StatusCodes.Good, new Date());
    };
  });
  const refresh = (): void => {
    for (const refreshOne of refreshers) refreshOne();
  };
  refresh();
  return refresh;
}

function write(row: NodeRow, cell: PaintCell, asked: Variant): StatusCode {
  if (row.write === undefined) return StatusCodes.BadNotWritable;
  const value = Number(asked.value);
  const [min, max] = row.write.range;
  if (!(value >= min && value <= max)) return StatusCodes.BadOutOfRange;
  row.write.apply(cell, value);
  return StatusCodes.Good;
}

function toVariant(row: NodeRow, value: NodeValue): Variant {
  const dataType = DataType[row.type];
  switch (row.type) {
    case "Int64":
      return new Variant({
        dataType,
        arrayType: VariantArrayType.Scalar, // the two halves are no array
        value: highAndLow(BigInt(value)),
      });
    case "DateTime":
      return new Variant({ dataType, value: new Date(Number(value)) });
    case "LocalizedText":
      return new Variant({ dataType, value: { text: String(value), locale: "en" } });
    case "Boolean":
    case "Int32":
    case "UInt32":
    case "Float":
    case "Double":
    case "String":
      return new Variant({ dataType, value });
  }
}

/** A 64-bit integer as node-opcua has it: two unsigned halves. */
function highAndLow(value: bigint): [high: number, low: number] {
  const bits = BigInt.asUintN(64, value);
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}
