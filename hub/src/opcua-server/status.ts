/**
 * Qualities of the tree as StatusCodes. An old value never goes out as Good: what is kept from before is Uncertain with its value,
 * what its source calls bad is Bad without one.
 */
import type { StatusCode } from "node-opcua-client";
import type { RefusalCode, WriteOutcome } from "../command/index.ts";
import type { TreeQuality } from "../tree/index.ts";
import type { Library } from "./library.ts";

type StatusName = Exclude<keyof Library["StatusCodes"], "prototype" | "coerce">;

/** With a value to show. */
const WITH_VALUE = {
  good: "Good",
  uncertain: "Uncertain",
  stale: "UncertainLastUsableValue",
  offline: "UncertainNoCommunicationLastUsableValue",
  "last-known": "UncertainNoCommunicationLastUsableValue",
  bad: "Bad",
  none: "BadWaitingForInitialData",
} as const satisfies Record<TreeQuality, StatusName>;

/** Without one: a null is a value only while it is good. */
const WITHOUT_VALUE = {
  ...WITH_VALUE,
  stale: "BadNoData",
  offline: "BadNotConnected",
  "last-known": "BadWaitingForInitialData",
} as const satisfies Record<TreeQuality, StatusName>;

/** What the reasons of adapters are called in OPC UA, the first that fits; anything else is plain Bad. */
const BAD_REASONS: readonly (readonly [RegExp, StatusName])[] = [
  [/time-?out|no_answer|no_response/i, "BadTimeout"],
  [/link|connect|communication/i, "BadNoCommunication"],
  [/sensor/i, "BadSensorFailure"],
  [/device|exception/i, "BadDeviceFailure"],
  [/service/i, "BadOutOfService"],
  [/unknown|removed|namespace/i, "BadNodeIdUnknown"],
  [/range|finite/i, "BadOutOfRange"],
  [/too_large/i, "BadEncodingLimitsExceeded"],
  [/not_read|write_only/i, "BadNotReadable"],
];

/** Reasons that name the StatusCode which an OPC UA server gave. */
const OPC_UA_REASONS = [
  "BadAttributeIdInvalid",
  "BadDeviceFailure",
  "BadNoCommunication",
  "BadNodeIdInvalid",
  "BadNodeIdUnknown",
  "BadNotConnected",
  "BadNotReadable",
  "BadOutOfService",
  "BadSensorFailure",
  "BadUserAccessDenied",
] as const satisfies readonly StatusName[];

export function statusOf(
  { StatusCodes }: Library,
  now: {
    readonly quality: TreeQuality;
    readonly reason: string | undefined;
    readonly isNull: boolean;
  },
): StatusCode {
  const { quality, reason, isNull } = now;
  if (quality === "bad") {
    const own = OPC_UA_REASONS.find((name) => reason?.includes(name));
    if (own !== undefined) return StatusCodes[own];
    const found = BAD_REASONS.find(([pattern]) => pattern.test(reason ?? ""));
    return StatusCodes[found?.[1] ?? "Bad"];
  }
  return StatusCodes[(isNull ? WITHOUT_VALUE : WITH_VALUE)[quality]];
}

const REFUSALS = {
  FORBIDDEN: "BadUserAccessDenied",
  BLOCKED: "BadUserAccessDenied",
  NO_SECOND_PERSON: "BadUserAccessDenied",
  REJECTED: "BadUserAccessDenied",
  INTERLOCK: "BadInvalidState",
  TOO_SOON: "BadTooManyOperations",
  EXPIRED: "BadTimeout",
  NO_AUDIT: "BadInternalError",
  NOT_HEARD: "BadNotConnected",
  NO_METRIC: "BadNodeIdUnknown",
  READ_ONLY: "BadNotWritable",
  TYPE_NOT_WRITABLE: "BadNotWritable",
  OFFLINE: "BadNotConnected",
  MISFIT: "BadTypeMismatch",
  OUT_OF_RANGE: "BadOutOfRange",
  NOT_SENT: "BadCommunicationError",
} as const satisfies Record<RefusalCode, StatusName>;

const ENDS = {
  confirmed: "Good",
  /** Nothing is sent before a second person says yes. */
  waiting: "GoodCompletesAsynchronously",
  mismatch: "BadDeviceFailure",
  failed: "BadDeviceFailure",
  timeout: "BadTimeout",
  offline: "BadNotConnected",
} as const satisfies Record<Exclude<WriteOutcome["result"], "refused">, StatusName>;

/** Good only when the value has come back. */
export function writeStatus({ StatusCodes }: Library, outcome: WriteOutcome): StatusCode {
  return StatusCodes[outcome.result === "refused" ? REFUSALS[outcome.code] : ENDS[outcome.result]];
}
