/**
 * The door of the broker: everything the rest of the hub may know of the MQTT server.
 * What is inside shows nowhere else.
 * `Admission`, `RareLog`, `listenFault`, `originFault` and `loadTls` are what its listeners share with the HTTP listener.
 */
export { Admission, type AdmissionLimits } from "./admission.ts";
export { startBroker } from "./broker.ts";
export { endWords } from "./end-words.ts";
export { BrokerError } from "./errors.ts";
export { COMMIT_BOUNDS } from "./store/commit-times.ts";
export { SYSTEM_CLOCK, type BrokerClock } from "./clock.ts";
export { totalOf, type BrokerCounters, type DropReason } from "./counters.ts";
export { DEFAULT_LIMITS, type BrokerLimits } from "./limits.ts";
export { listenFault, type ListenFaultCode } from "./listen-fault.ts";
export {
  lastingProperties,
  messageProperties,
  replyAddress,
  shownProperties,
  type MessageProperties,
  type ReplyAddress,
} from "./message-properties.ts";
export { splitFilter } from "./routing/subscription.ts";
export { matchesFilter } from "./routing/topic.ts";
export { filterFault, topicFault, topicNameFault } from "./topic-faults.ts";
export { RareLog } from "./rare-log.ts";
export { reasonName } from "./reason.ts";
export { certificateProof } from "./certificate-proof.ts";
export { originFault, type OriginRule } from "./origin.ts";
export type {
  Broker,
  BrokerOptions,
  ClientDetails,
  ClientSession,
  ConnectingClient,
  ConnectVerdict,
  ConnectionEnd,
  DueWill,
  GrantedFilter,
  ListenerAddress,
  ListenerConfig,
  MessageStream,
  MqttMessage,
  PacketTap,
  PublishedMessage,
  RefusedPublish,
  RetainedMessage,
  RetainedProvider,
  StreamDoor,
  StreamVerdict,
  TlsProof,
  Verdict,
  Watched,
  Watcher,
} from "./contract.ts";
export type { ClientEvent } from "./client-events.ts";
export type { LastEnd } from "./last-ends.ts";
export type { TlsKeeper } from "./tls-keeper.ts";

/** TLS as the MQTT listeners speak it; loaded where it is wanted, since it is 5 MB of memory. */
export async function loadTls(): Promise<
  Pick<typeof import("./tls-keeper.ts"), "TlsKeeper"> &
    Pick<typeof import("./tls-listener.ts"), "secureOptions">
> {
  const [{ TlsKeeper }, { secureOptions }] = await Promise.all([
    import("./tls-keeper.ts"),
    import("./tls-listener.ts"),
  ]);
  return { TlsKeeper, secureOptions };
}
