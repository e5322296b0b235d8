/**
 * The front door of the Sparkplug room: the standard itself, without I/O.
 *
 * From the top: `EdgeNodeSession` and `HostSession` live on a network through a `Connector` (`mqttJs`). Below them
 * `EdgeNode` and `HostApplication` take and give messages, for those who own the MQTT client. Below these the codec:
 * `encodePayload`, and `decodePayload`, `visitPayload`, `scanPayload` from whole objects to a glance; and the topics.
 * All errors are `SparkplugError`.
 */
export type { CompressionAlgorithm, DecodeOptions, Inflate } from "./compressed.ts";
export {
  BASIC_DATATYPES,
  DATATYPES,
  datatypeCode,
  datatypeOf,
  integerRange,
  isArrayDatatype,
  propertyDatatypeOf,
  SCALAR_DATATYPES,
} from "./datatype.ts";
export type {
  ArrayDatatype,
  BasicDatatype,
  Datatype,
  DatatypeName,
  PropertyDatatype,
  ScalarDatatype,
} from "./datatype.ts";
export { commandMessage, descriptorOf, deviceCommand, REBIRTH, rebirthRequest } from "./command.ts";
export type { Command, DeviceWrite, NodeId } from "./command.ts";
export { BD_SEQ, bdSeqOf, deathMessage } from "./death.ts";
export { decodePayload } from "./decode.ts";
export { PrimaryHost } from "./edge-node-primary.ts";
export type { HostVerdict } from "./edge-node-primary.ts";
export { EdgeNodeSession } from "./edge-node-session.ts";
export type { EdgeNodeSessionOptions, EdgeSessionState } from "./edge-node-session-options.ts";
export { MemoryReadingStore } from "./edge-node-store.ts";
export type { ReadingStore } from "./edge-node-store.ts";
export { EdgeNode } from "./edge-node.ts";
export type {
  EdgeNodeEvent,
  EdgeNodeOptions,
  NodeWrite,
  OwnMetrics,
  SkipCause,
  TemplateDefinition,
  WriteCommand,
} from "./edge-node-options.ts";
export { encodePayload, valueFault } from "./encode.ts";
export type { MetricToSend, PayloadToSend, PropertyToSend } from "./encode.ts";
export { SparkplugError } from "./errors.ts";
export type { Place, SparkplugErrorCode } from "./errors.ts";
export { HostApplication } from "./host-application.ts";
export type { HostApplicationOptions } from "./host-application.ts";
export type {
  HostListener,
  HostMetric,
  HostReading,
  HostSubject,
  RebirthCause,
  StaleCause,
} from "./host-listener.ts";
export type { HostLinkOptions, HostLinkState } from "./host-link-options.ts";
export { HostLink } from "./host-link.ts";
export { openHostMember } from "./host-member.ts";
export type { HostMember, HostMemberView, MemberState } from "./host-member.ts";
export { HostNodes } from "./host-node.ts";
export type { HostNode, HostNodeView, NodeSession } from "./host-node.ts";
export type { Picture, Stale } from "./host-picture.ts";
export { REBIRTH_POLICY, RebirthRequests } from "./host-rebirth.ts";
export type { RebirthPolicy, RebirthRequestsOptions } from "./host-rebirth.ts";
export { fingerprintOf } from "./host-reorder.ts";
export type { Arrived } from "./host-reorder.ts";
export { HostSessions } from "./host-sessions.ts";
export type { HostSessionsOptions } from "./host-sessions.ts";
export { HostSession } from "./host-session.ts";
export type { HostSessionOptions, StateTimes } from "./host-session.ts";
export type { MemberWrite, TemplateWrite } from "./host-template-write.ts";
export type { HostWrite, WriteResult } from "./host-write.ts";
export { summaryOf } from "./metric-summary.ts";
export { isArrayValue, isDataSet, isTemplate } from "./metric.ts";
export type {
  ArrayValue,
  BasicValue,
  BornMetric,
  DataSet,
  MetaData,
  MetricReading,
  MetricValue,
  PropertySetValue,
  Quality,
  ScalarValue,
  Template,
  TemplateMember,
  TemplateParameter,
} from "./metric.ts";
export { metricValue, propertyValue } from "./payload.ts";
export type {
  Metric,
  Payload,
  Properties,
  Property,
  WireDataSet,
  WireField,
  WireParameter,
  WireTemplate,
  WireValue,
} from "./payload.ts";
export { propertiesToSend } from "./property-value.ts";
export { withTimestamp } from "./payload-time.ts";
export { BAD, batchReadings, GOOD, QUALITIES, STALE } from "./sample-batch.ts";
export type { SampleBatch, SampleReason } from "./sample-batch.ts";
export { PayloadScan, scanPayload } from "./scan.ts";
export { mqttJs } from "./mqtt-js.ts";
export type { MqttJs, MqttJsClient, MqttJsOptions } from "./mqtt-js.ts";
export { sameValue } from "./reading.ts";
export type { AnnouncedMetric } from "./reading.ts";
export { pauseMs } from "./session-backoff.ts";
export type { BackoffRange } from "./session-backoff.ts";
export { clockOf } from "./session-clock.ts";
export type { Cancel, Clock, TimerGlobals } from "./session-clock.ts";
export {
  legacyStateMessage,
  legacyStateTopic,
  readLegacyState,
  readState,
  stateMessage,
} from "./state.ts";
export type { HostState } from "./state.ts";
export { nextBdSeq, nextSeq } from "./sequence.ts";
export {
  CERTIFICATES,
  NAMESPACE,
  deviceTopic,
  idFault,
  nodeTopic,
  readTopic,
  stateTopic,
} from "./topic.ts";
export type {
  DeviceMessageType,
  NodeMessageType,
  SparkplugTopic,
  TopicFault,
  TopicFaultCode,
  TopicReading,
} from "./topic.ts";
export type {
  Connection,
  ConnectionListener,
  Connector,
  ConnectRequest,
  MqttVersion,
} from "./transport-connector.ts";
export type { SparkplugMessage, Transport } from "./transport.ts";
export { mergedTemplate, TemplateTypes } from "./template.ts";
export type { MemberType } from "./template.ts";
export { visitPayload } from "./visit.ts";
export type { PayloadHead, PayloadVisitor, VisitOptions } from "./visit.ts";
export type { MetricView } from "./visit-view.ts";
export type { DecodeLimits } from "./wire-limits.ts";
