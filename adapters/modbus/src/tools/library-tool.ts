/** `unshub modbus library`: the machines whose templates come with the adapter. */
import { readFileSync } from "node:fs";
import type { AdapterTool } from "@unshub/adapter";
import { libraryFile, libraryNames } from "../library.ts";

export const libraryTool: AdapterTool = {
  name: "library",
  summary: "the machines that come with the adapter",
  usage: `unshub modbus library [NAME]
  Lists the machines that \`template:\` of a device knows; with NAME prints its file, to be changed and used as a file of
  your own.`,
  run: (args, context) => {
    const [name] = args;
    if (name === undefined) {
      for (const each of libraryNames()) context.print(`${each.padEnd(26)} ${titleOf(each)}`);
      return Promise.resolve(0);
    }
    const file = libraryFile(name);
    if (file === undefined) {
      context.complain(`there is no "${name}" in the library; see unshub modbus library`);
      return Promise.resolve(2);
    }
    context.print(readFileSync(file, "utf8").trimEnd());
    return Promise.resolve(0);
  },
};

function titleOf(name: string): string {
  const file = libraryFile(name);
  const text = file === undefined ? "" : readFileSync(file, "utf8");
  return /^template: (.*)$/m.exec(text)?.[1] ?? "";
}
