/**
 * node-opcua, loaded only when an OPC UA adapter starts: it costs most of a second and 90 MB, and many gateways have
 * Modbus only. Everywhere else in this room the library appears as a type or as the `Library` handed in.
 */

/** The parts of node-opcua that need the library at run time. */
export type Library = Pick<
  typeof import("node-opcua-client"),
  | "BrowseDirection"
  | "coerceNodeId"
  | "constructEventFilter"
  | "crypto_utils"
  | "DataChangeFilter"
  | "DataChangeNotification"
  | "DataChangeTrigger"
  | "DataValue"
  | "DataType"
  | "EventNotificationList"
  | "HistoryReadRequest"
  | "LocalizedText"
  | "MessageSecurityMode"
  | "MonitoringMode"
  | "ofType"
  | "OPCUAClient"
  | "promoteOpaqueStructureInNotificationData"
  | "PublishRequest"
  | "ReadRawModifiedDetails"
  | "RepublishRequest"
  | "resolveNodeId"
  | "setDebugLogger"
  | "setErrorLogger"
  | "setWarningLogger"
  | "SimpleAttributeOperand"
  | "StatusChangeNotification"
  | "StatusCodes"
  | "TimestampsToReturn"
  | "TransferSubscriptionsRequest"
  | "UserTokenType"
  | "Variant"
  | "VariantArrayType"
>;

/** Loads it; the second call costs nothing. Rejects when it is not installed. */
export async function loadLibrary(): Promise<Library> {
  return await import("node-opcua-client");
}
