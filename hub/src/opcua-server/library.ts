/**
 * node-opcua, loaded only when `listeners.opcua` is configured: its standard nodeset costs most of a second and some 90 MB.
 * Everywhere else in this room the library appears as a type or as the `Library` handed in.
 */
import type { OPCUAServer } from "node-opcua-server";

/** The parts of node-opcua that this room needs at run time. */
export type Library = Pick<
  typeof import("node-opcua-client"),
  | "apply_timestamps"
  | "AttributeIds"
  | "BrowseDescription"
  | "BrowseDirection"
  | "BrowseNextRequest"
  | "BrowsePathResult"
  | "BrowseRequest"
  | "BrowseResult"
  | "CreateMonitoredItemsRequest"
  | "crypto_utils"
  | "DataType"
  | "DataValue"
  | "extractRange"
  | "makeExpandedNodeId"
  | "makeNodeId"
  | "MessageSecurityMode"
  | "NodeClass"
  | "ReferenceDescription"
  | "resolveNodeId"
  | "SecurityPolicy"
  | "setDebugLogger"
  | "setErrorLogger"
  | "setWarningLogger"
  | "StatusCodes"
  | "TimestampsToReturn"
  | "TranslateBrowsePathsToNodeIdsRequest"
  | "UserNameIdentityToken"
  | "UserTokenType"
  | "Variant"
  | "VariantArrayType"
  | "X509IdentityToken"
> &
  Pick<typeof import("node-opcua-server"), "OPCUAServer" | "RegisterServerMethod">;

/** The nodes that the library keeps itself: the standard ones, and those that clients monitor. */
export type AddressSpace = NonNullable<OPCUAServer["engine"]["addressSpace"]>;
export type Namespace = ReturnType<AddressSpace["getOwnNamespace"]>;

/** Loads it; the second call costs nothing. */
export async function loadLibrary(): Promise<Library> {
  const [client, server] = await Promise.all([
    import("node-opcua-client"),
    import("node-opcua-server"),
  ]);
  const { OPCUAServer, RegisterServerMethod } = server;
  return { ...client, OPCUAServer, RegisterServerMethod };
}
