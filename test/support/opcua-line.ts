/** Address spaces for tests of browsing: a production line with all that makes browsing hard. */
import { DataType } from "node-opcua-client";
import type { AddressSpace } from "./opcua-secure-server.ts";

type Namespace = ReturnType<AddressSpace["registerNamespace"]>;
type Folder = ReturnType<Namespace["addFolder"]>;

export const LINE_URI = "urn:test:line";

/** What differs from one start of the server to the next. */
export interface LineWishes {
  /** Namespaces that are registered before that of the line, and move its index. */
  readonly before?: readonly string[];
  /** Leaves `Motor2` out. */
  readonly withoutMotor2?: boolean;
  /** Variables below `Many`. */
  readonly many?: number;
}

/** `Objects/Line1` with motors, properties, a cycle, names that clash and names that are forbidden. */
export function buildLine(space: AddressSpace, wishes: LineWishes = {}): void {
  for (const uri of wishes.before ?? []) space.registerNamespace(uri);
  const namespace = space.registerNamespace(LINE_URI);
  const line = namespace.addFolder(space.rootFolder.objects, {
    browseName: "Line1",
    nodeId: "s=Line1",
  });
  const motors = wishes.withoutMotor2 === true ? ["Motor1"] : ["Motor1", "Motor2"];
  for (const name of motors) addMotor(namespace, line, name);
  addOddities(namespace, line);
  addMany(namespace, line, wishes.many ?? 0);
}

function addMotor(namespace: Namespace, line: Folder, name: string): void {
  const motor = namespace.addObject({
    componentOf: line,
    browseName: name,
    nodeId: `s=${name}`,
  });
  namespace.addAnalogDataItem({
    componentOf: motor,
    browseName: "Speed",
    nodeId: `s=${name}.Speed`,
    dataType: "Double",
    description: `speed of ${name}`,
    engineeringUnitsRange: { low: 0, high: 3000 },
    engineeringUnits: { displayName: { text: "rpm" }, unitId: 1, namespaceUri: "urn:units" },
    value: { dataType: DataType.Double, value: 1500 },
    accessLevel: "CurrentRead | CurrentWrite",
    userAccessLevel: "CurrentRead | CurrentWrite",
  });
  const diag = namespace.addObject({
    componentOf: motor,
    browseName: "_Diag",
    nodeId: `s=${name}._Diag`,
  });
  namespace.addVariable({
    componentOf: diag,
    browseName: "Counter",
    nodeId: `s=${name}._Diag.Counter`,
    dataType: "UInt32",
    accessLevel: "CurrentRead",
    userAccessLevel: "CurrentRead",
    value: { dataType: DataType.UInt32, value: 7 },
  });
  motor.addReference({ referenceType: "Organizes", nodeId: line.nodeId }); // a cycle
}

/** Names of values, two nodes of one name, and a name that no metric may have. */
function addOddities(namespace: Namespace, line: Folder): void {
  const state = namespace.addMultiStateDiscrete({
    componentOf: line,
    browseName: "State",
    nodeId: "i=4711",
    enumStrings: ["Off", "On", "Fault"],
    value: 1,
  });
  state.setValueFromSource({ dataType: DataType.UInt32, value: 1 });
  for (const nodeId of ["s=Twin.A", "s=Twin.B"]) {
    namespace.addVariable({
      componentOf: line,
      browseName: "Twin",
      nodeId,
      dataType: "Int16",
      value: { dataType: DataType.Int16, value: 1 },
    });
  }
  namespace.addVariable({
    componentOf: line,
    browseName: "Flow m3/h #1+",
    nodeId: "s=Flow",
    dataType: "Float",
    value: { dataType: DataType.Float, value: 2.5 },
  });
}

function addMany(namespace: Namespace, line: Folder, count: number): void {
  if (count === 0) return;
  const many = namespace.addFolder(line, { browseName: "Many", nodeId: "s=Many" });
  for (let index = 0; index < count; index += 1) {
    namespace.addVariable({
      componentOf: many,
      browseName: `V${index}`,
      nodeId: `s=Many.V${index}`,
      dataType: "Int32",
      value: { dataType: DataType.Int32, value: index },
    });
  }
}
