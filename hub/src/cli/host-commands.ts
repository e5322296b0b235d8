/** What a person, or a test kit, types while `unshub host` runs: one command a line on stdin. */
import { idFault } from "@unshub/sparkplug";
import type { Commands } from "../command/index.ts";
import { wireValue } from "../feed/index.ts";
import type { HostOverMqtt } from "../namespace/index.ts";
import { treeLines, treeText } from "./host-lines.ts";

export const STDIN_USAGE = `rebirth GROUP/NODE | write PATH VALUE | tree [PATH] | stop`;

export interface HostCommandsOptions {
  readonly host: HostOverMqtt;
  readonly commands: Commands;
  readonly json: boolean;
  /** A line on stdout. */
  readonly print: (line: string) => void;
  /** A line on stderr. */
  readonly complain: (line: string) => void;
  readonly stop: () => void;
}

export class HostCommands {
  readonly #options: HostCommandsOptions;

  constructor(options: HostCommandsOptions) {
    this.#options = options;
  }

  /** Carries out one line; resolves when its outcome is printed. What cannot be done is complained of. */
  async run(line: string): Promise<void> {
    const [, name = "", rest = ""] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === "rebirth") return this.#rebirth(rest);
    if (name === "write") return await this.#write(rest);
    if (name === "tree") return this.#tree(rest);
    if (name === "stop") return this.#options.stop();
    if (name !== "") this.#options.complain(`"${name}" is none of: ${STDIN_USAGE}`);
    return undefined;
  }

  #rebirth(rest: string): void {
    const [groupId = "", edgeNodeId = "", ...more] = rest.split("/");
    const fault = idFault("group", groupId) ?? idFault("edge node", edgeNodeId);
    if (fault !== undefined || more.length > 0) {
      return this.#options.complain(`rebirth GROUP/NODE: "${rest}" is no edge node`);
    }
    return this.#options.host.requestRebirth({ groupId, edgeNodeId });
  }

  async #write(rest: string): Promise<void> {
    const [, path, value] = /^(\S+)\s(.*)$/.exec(rest) ?? [];
    if (path === undefined || value === undefined) {
      return this.#options.complain("write PATH VALUE: spaces in PATH are written %20");
    }
    const outcome = await this.#options.commands.write(path, value);
    if (this.#options.json) {
      const now = "value" in outcome ? { value: wireValue(outcome.value) } : {};
      return this.#options.print(JSON.stringify({ event: "write", path, ...outcome, ...now }));
    }
    const because = "because" in outcome ? `: ${outcome.because}` : "";
    return this.#options.print(`write ${path} ${value}: ${outcome.result}${because}`);
  }

  #tree(path: string): void {
    const { host, json, print, complain } = this.#options;
    const lines = treeLines(host.tree, path);
    if (lines === undefined) return complain(`there is nothing at "${path}"`);
    for (const line of lines) {
      print(json ? JSON.stringify({ event: "tree", ...line }) : treeText(line));
    }
    return undefined;
  }
}
