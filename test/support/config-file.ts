/** The configuration of a hub as a text, read as if it stood in `/plant/unshub.yaml`. */
import assert from "node:assert/strict";
import { ConfigFileError, parseConfig, type HubConfig } from "../../hub/src/config/index.ts";
import { checkAdapterConfig } from "../../hub/src/supervisor/index.ts";

export async function parseFile(text: string): Promise<HubConfig> {
  return await parseConfig(text, {
    file: "/plant/unshub.yaml",
    checkAdapter: checkAdapterConfig,
  });
}

/** What is wrong with it; `undefined`: it can be read. */
export async function fileError(text: string): Promise<ConfigFileError | undefined> {
  try {
    await parseFile(text);
  } catch (error) {
    assert.ok(error instanceof ConfigFileError, String(error));
    return error;
  }
  return undefined;
}
