/** What was configured when topics were published last: what has moved since is cleared, with a list, when the hub starts. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Logger } from "@unshub/adapter";
import { isNoFile } from "../../caught.ts";
import { unsSection, type UnsConfig } from "../placement/index.ts";

/** As much of the configuration as makes topics. */
type Published = Pick<UnsConfig, "placement" | "projection">;

/** What the file says; `undefined`: nothing was published before, or it cannot be read. */
export function publishedBefore(file: string, log: Logger): Published | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(file, "utf8"));
    return unsSection.parse(json);
  } catch (error) {
    if (!isNoFile(error))
      log.warn({ file, error }, "which plain topics there were cannot be read; none is cleared");
    return undefined;
  }
}

/** Whether the same topics come of both. */
export function isSamePlant(before: Published, now: Published): boolean {
  return topicsText(before) === topicsText(now);
}

/** @throws when it cannot be written. */
export function keepPublished(file: string, now: Published): void {
  writeFileSync(`${file}.new`, JSON.stringify(written(now)));
  renameSync(`${file}.new`, file);
}

function topicsText(published: Published): string {
  return JSON.stringify(written(published));
}

/** What decides which topics there are; durations, which are written otherwise, do not. */
function written({ placement, projection }: Published): object {
  if (projection === undefined) return { placement };
  const { topics, format, root } = projection;
  return { placement, projection: { topics, format, root } };
}
