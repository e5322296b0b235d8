/** Resources: an object of the plant with its values, a datatype, what was found. */
import { z } from "zod";
import { modelAt, typeNamed } from "./models.ts";
import { ToolFault } from "./rooms.ts";
import { schemaOf } from "./schema.ts";
import { countsNow, type Call } from "./tool.ts";
import { READ_TOOLS } from "./tools/index.ts";

const MAX_METRICS = 200;

/** Where the tops of the plant stand as resources. */
export async function rootObjects(
  call: Call,
): Promise<readonly { readonly name: string; readonly uri: string }[]> {
  const { result } = await toolNamed("uns_browse").run({}, call);
  const children = z
    .array(z.object({ name: z.string(), elementId: z.string() }))
    .parse(result["children"]);
  return children.map(({ name, elementId }) => ({ name, uri: objectUri(elementId) }));
}

function objectUri(elementId: string): string {
  return `uns://object/${elementId.split("/").map(encodeURIComponent).join("/")}`;
}

/** Of an element with what stands below it. @throws {ToolFault} */
export async function objectAt(elementId: string, call: Call): Promise<object> {
  const row = call.elements.find(elementId);
  if (row === undefined) {
    const { result } = await toolNamed("uns_browse").run({ elementId }, call); // a place of the plant
    return { ...result, kind: "place" };
  }
  const { tree } = call.rooms;
  if (tree.rows.isMetric(row)) return call.elements.vqt(row);
  const metrics = call.elements.metricsBelow(row, 0, MAX_METRICS);
  return {
    elementId: call.elements.idOf(row),
    kind: tree.rows.kind(row),
    state: tree.state(row),
    counts: await countsNow(call, row),
    metrics: metrics.map((id) => call.elements.vqt(id)),
    ...(metrics.length >= MAX_METRICS && { more: true }),
  };
}

/** A type of i3X by its name, or what a metric or device is: `uns://type/` and that id. @throws {ToolFault} */
export async function typeOf(elementId: string, call: Call): Promise<object> {
  const row = call.elements.find(elementId);
  const type = row === undefined ? await typeNamed(call, elementId) : await typeOfRow(call, row);
  if (type === undefined) throw new ToolFault("types are those of metrics and devices");
  return type;
}

async function typeOfRow(call: Call, row: number): Promise<object | undefined> {
  const info = call.rooms.tree.info(row);
  if (info === undefined || info.datatype === "Template") return await modelAt(call, row);
  return { elementId: call.elements.idOf(row), datatype: info.datatype, schema: schemaOf(info) };
}

export async function allViolations(call: Call): Promise<object> {
  return (await toolNamed("violations").run({}, call)).result;
}

function toolNamed(name: string): (typeof READ_TOOLS)[number] {
  const found = READ_TOOLS.find((tool) => tool.name === name);
  if (found === undefined) throw new TypeError(`there is no tool ${name}`);
  return found;
}
