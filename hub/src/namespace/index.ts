/** The door of the namespace: the guard, the hub as host application, the certificates of an aware server. */
export { AwareServer, type AwareServerOptions } from "./aware/aware-server.ts";
export { CATALOGUE, idsOf, occasionsOf } from "./guard/catalogue.ts";
export { Guard } from "./guard/guard.ts";
export type { GuardTimes } from "./guard/guard.ts";
export { GuardKeeper } from "./guard/keeper.ts";
export type { Finding } from "./guard/ledger.ts";
export { filterCovers } from "./guard/filter.ts";
export { FindingsPublisher } from "./guard/publisher.ts";
export type { NodeLink } from "./guard/node-link.ts";
export type { NodeReport, RuleBroken } from "./guard/node-report.ts";
export type { Grade } from "./guard/standings.ts";
export { tryMessage } from "./guard/trial.ts";
export { HubHost } from "./host.ts";
export type { HubHostOptions } from "./host.ts";
export type { HostEvent } from "./host-events.ts";
export { HostOverMqtt } from "./host-over-mqtt.ts";
export type { HostOverMqttOptions } from "./host-over-mqtt.ts";
export { openStateTimeFile } from "./state-time-file.ts";
