/** From what stands in the configuration to what runs: tags and browse rules. */
import { limitsOf, type PublishRule } from "@unshub/adapter";
import type { BrowseRule } from "../config.ts";
import type { TagConfig, ValueHabits } from "../data-config.ts";
import type { BrowseInput, TagInput } from "./data-schema.ts";

/** `device`: of tags that name none. */
export function toTag(given: TagInput, device: string): TagConfig {
  const { name, node, group, access, sampling, queue, unit, description, writeRange } = given;
  const limits = limitsOf(given);
  return {
    name,
    node,
    group,
    access,
    device: given.device ?? device,
    rule: toRule(given),
    values: toValues(given),
    write: {
      round: given.round,
      verify: given.verify,
      verifyAfterMs: given.verifyAfter,
      verifyTimeoutMs: given.verifyTimeout,
      idempotent: given.idempotent,
      ...(writeRange === undefined ? {} : { range: writeRange }),
      ...(given.writeGroup === undefined ? {} : { writeGroup: given.writeGroup }),
    },
    ...(sampling === undefined ? {} : { samplingMs: sampling }),
    ...(queue === undefined ? {} : { queue }),
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(limits === undefined ? {} : { limits }),
    ...(given.indexRange === undefined ? {} : { indexRange: given.indexRange }),
  };
}

/** `device`: of rules that name none. */
export function toBrowseRule(given: BrowseInput, device: string): BrowseRule {
  return {
    root: given.root,
    include: given.include,
    exclude: given.exclude,
    depth: given.depth,
    maxNodes: given.maxNodes,
    naming: given.name,
    template: given.template,
    properties: given.properties,
    refs: given.refs,
    group: given.group,
    access: given.access,
    device: given.device ?? device,
    rule: toRule(given),
    values: toValues(given),
  };
}

function toRule(given: TagInput | BrowseInput): PublishRule {
  const { publish, deadband, deadbandPercent, of, euRange, minInterval, maxInterval } = given;
  return {
    publish,
    ...(deadband === undefined ? {} : { deadband }),
    ...(deadbandPercent === undefined ? {} : { deadbandPercent }),
    ...(of === undefined ? {} : { of }),
    ...(euRange === undefined ? {} : { euRange }),
    ...(minInterval === undefined ? {} : { minIntervalMs: minInterval }),
    ...(maxInterval === undefined ? {} : { maxIntervalMs: maxInterval }),
  };
}

function toValues(given: TagInput | BrowseInput): ValueHabits {
  const { structures, matrices, allowNan, onBad, maxBytes } = given;
  return { enum: given.enum, structures, matrices, allowNan, onBad, maxBytes };
}
