/**
 * The tags that Ignition exports as JSON, of its OPC UA connections: `ns=2;s=Line1.Speed` is the node. There is no way back:
 * such a file names the type of each tag, which only the server knows.
 */
import {
  commonFields,
  readIgnition,
  type IgnitionLeaf,
  type IncomingTags,
  type TagFields,
  type TableProblem,
} from "@unshub/adapter/table";
import { parseNodeAddress } from "../node-id.ts";

/** `ignored`: what is no tag of a server. */
export function ignitionTags(
  content: string,
): IncomingTags & { readonly ignored: readonly string[] } {
  const { leaves, ignored, problems: before } = readIgnition(content);
  const problems: TableProblem[] = [...before];
  const tags = leaves.flatMap((leaf) => {
    const fields = fieldsOf(leaf);
    if (typeof fields !== "string") return [{ line: 1, fields }];
    problems.push({ line: 1, message: `${leaf.name}: ${fields}` });
    return [];
  });
  return { tags, problems, ignored };
}

function fieldsOf(leaf: IgnitionLeaf): TagFields | string {
  const { opcItemPath: node, readOnly, engLow, engHigh, scaleMode = "Off" } = leaf.tag;
  if (typeof node !== "string") return "its OPC item path is bound to something; resolve it first";
  if (node.startsWith("ns=1;s=[")) {
    return `"${node}" is an item of Ignition's own drivers, not of a server`;
  }
  const parsed = parseNodeAddress(node);
  if ("fault" in parsed) return parsed.fault;
  if (scaleMode !== "Off") return `scaling "${scaleMode}" has no counterpart here`;
  const range = engLow === undefined || engHigh === undefined ? undefined : [engLow, engHigh];
  const fields = {
    ...commonFields(leaf),
    node,
    access: readOnly === true ? "r" : "rw",
    euRange: range,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
