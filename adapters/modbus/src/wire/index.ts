/** The wire: links to Modbus devices over TCP, TLS, serial lines, and what is asked over them. */
export { openLink } from "./open-link.ts";
export type { LinkContext, LinkWatcher, ModbusLink } from "./link.ts";
export { isBus } from "./link-config.ts";
export type { LinkConfig } from "./link-config.ts";
export { expectedReply } from "./pdu.ts";
export type { AlternativeRead, ExpectedReply, WireRequest, WireResult } from "./request.ts";
