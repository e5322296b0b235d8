/** What values are inside a device, and the way from registers to values and back. */
export { isBad } from "./bad-value.ts";
export type { BadReason } from "./bad-value.ts";
export { compileBlock, decodeBlock } from "./decode-plan.ts";
export type { BlockReply, DecodePlan, DecodeSink, PlannedTag } from "./decode-plan.ts";
export { decodeAll, rankReadings } from "./decode-all.ts";
export type { RankedReading, RegisterReading } from "./decode-all.ts";
export { decodeTag, decodeTagInto } from "./decode-tag.ts";
export type { Decoded } from "./decode-tag.ts";
export { encodeCommand } from "./encode-command.ts";
export type { CommandStep, TagWriteValue } from "./encode-command.ts";
export { encodeWrite } from "./encode.ts";
export type { EncodedWrite } from "./encode.ts";
export { bitOfMsb0, expandTag } from "./expand.ts";
export { dateRegisters } from "./moment.ts";
export { modified, overlaid } from "./write-request.ts";
export type { Overlay, ReadModifyWrite, WriteRequest } from "./write-request.ts";
