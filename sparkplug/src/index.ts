/** The front door of the Sparkplug room: the standard itself, without I/O. */
export { DATATYPES, datatypeCode, datatypeOf, integerRange } from "./datatype.ts";
export type { Datatype } from "./datatype.ts";
export { BD_SEQ, bdSeqOf, deathMessage } from "./death.ts";
export { decodePayload } from "./decode.ts";
export { EdgeNode, REBIRTH } from "./edge-node.ts";
export type { EdgeNodeOptions, WriteCommand } from "./edge-node.ts";
export { encodePayload, valueFault } from "./encode.ts";
export type { MetricToSend, PayloadToSend, PropertyToSend } from "./encode.ts";
export { SparkplugError } from "./errors.ts";
export type { Place, SparkplugErrorCode } from "./errors.ts";
export { deviceCommand, rebirthRequest, stateMessage } from "./host-application.ts";
export type { DeviceWrite, HostState } from "./host-application.ts";
export type { BornMetric, MetricReading, MetricValue, Quality } from "./metric.ts";
export { metricValue, propertyValue } from "./payload.ts";
export type { Metric, Payload, Property, WireField, WireValue } from "./payload.ts";
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
export type { SparkplugMessage, Transport } from "./transport.ts";
