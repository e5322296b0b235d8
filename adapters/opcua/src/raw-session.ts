/** The services of a session that the library has, but does not show in its types: single requests and answers. */
import type {
  ClientSession,
  ClientSessionRawSubscriptionService,
  DeleteSubscriptionsResponse,
  PublishRequest,
  PublishResponse,
  RepublishRequest,
  RepublishResponse,
  TransferSubscriptionsResponse,
} from "node-opcua-client";
import { OpcUaError } from "./errors.ts";

type Answered<Response> = (failure: Error | null, response?: Response) => void;

/** A session with which subscriptions can be run by hand. */
export interface RawSession extends ClientSession, ClientSessionRawSubscriptionService {
  publish(request: PublishRequest, answered: Answered<PublishResponse>): void;
  deleteSubscriptions(options: {
    readonly subscriptionIds: number[];
  }): Promise<DeleteSubscriptionsResponse>;
  transferSubscriptions(options: {
    readonly subscriptionIds: number[];
    readonly sendInitialValues: boolean;
  }): Promise<TransferSubscriptionsResponse>;
  republish(request: RepublishRequest, answered: Answered<RepublishResponse>): void;
}

/** @throws {OpcUaError} SUBSCRIBE_FAILED when the installed library no longer has these services. */
export function rawSession(session: ClientSession): RawSession {
  if (isRaw(session)) return session;
  throw new OpcUaError("SUBSCRIBE_FAILED", "this node-opcua-client has no publish service");
}

function isRaw(session: ClientSession): session is RawSession {
  return ["publish", "republish", "createSubscription", "createMonitoredItems"].every(
    (service) => typeof Reflect.get(session, service) === "function",
  );
}
