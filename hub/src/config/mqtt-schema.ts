/**
 * The section `mqtt:`: how durable the MQTT server is, and how much of everything it takes. The defaults stand where the
 * limits do, in `broker/limits.ts`; what is not written here is left to them.
 */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { duration, seconds, size } from "./units.ts";

/** MQTT 5's word for a session that does not end by itself, in seconds. */
const NEVER_SECONDS = 0xffff_ffff;

const UNLIMITED = z.literal("unlimited").transform(() => Number.POSITIVE_INFINITY);

const count = (most: number, least = 1) => z.int().min(least).max(most).optional();
const MILLION = 1_000_000;

const expiry = z
  .union([
    z.literal("never").transform(() => NEVER_SECONDS),
    seconds({ least: "0s", most: "36500d" }),
  ])
  .optional();

const limitsSection = section({
  maxConnections: count(MILLION),
  maxConnectionsPerAddress: count(MILLION),
  connectsPerSecond: count(MILLION),
  connectsPerSecondPerAddress: count(MILLION),
  connectsPerMinutePerClient: z.union([UNLIMITED, z.int().min(1).max(MILLION)]).optional(),
  refusedPerMinute: z.union([UNLIMITED, z.int().min(1).max(MILLION)]).optional(),
  maxConnackDelay: duration({ least: "1s", most: "1h" }).optional(),
  exemptLoopback: z.boolean().optional(),
  connectWithin: duration({ least: "100ms", most: "10m" }).optional(),
  maxConnectSize: size({ least: "64B", most: "1MiB" }).optional(),
  maxPacketSize: size({ least: "1KiB", most: "256MiB" }).optional(),
  maxControlSize: size({ least: "1KiB", most: "256MiB" }).optional(),
  maxUnfinishedSize: size({ least: "1MiB", most: "1024GiB" }).optional(),
  maxKnownTopicSize: size({ least: "1MiB", most: "1024GiB" }).optional(),
  maxClientIdSize: size({ least: "23B", most: "65535B" }).optional(),
  maxTopicSize: size({ least: "16B", most: "65535B" }).optional(),
  maxTopicLevels: count(1000),
  maxSubscriptionsPerClient: count(MILLION),
  maxSubscriptionSize: size({ least: "1MiB", most: "1024GiB" }).optional(),
  maxFiltersPerSubscribe: count(MILLION),
  publishesPerSecond: z.union([UNLIMITED, z.int().min(1).max(MILLION)]).optional(),
  publishSizePerSecond: z.union([UNLIMITED, size({ least: "1KiB", most: "1024GiB" })]).optional(),
  receiveMaximum: count(65_535),
  maxUnreleased: count(65_535),
  maxInFlight: count(65_535),
  maxQueuedMessages: count(100 * MILLION),
  maxQueuedSize: size({ least: "1KiB", most: "1024GiB" }).optional(),
  outgoingSoftSize: size({ least: "16KiB", most: "1GiB" }).optional(),
  outgoingHardSize: size({ least: "16KiB", most: "4GiB" }).optional(),
  maxOutgoingSize: size({ least: "1MiB", most: "1024GiB" }).optional(),
  maxMemory: z.union([UNLIMITED, size({ least: "64MiB", most: "1024GiB" })]).optional(),
  slowFor: duration({ least: "100ms", most: "1h" }).optional(),
  stalledAfter: duration({ least: "100ms", most: "1h" }).optional(),
  maxRetained: count(100 * MILLION, 0),
  maxRetainedSize: size({ least: "0B", most: "1024GiB" }).optional(),
  minFreeDisk: size({ least: "0B", most: "1000000GiB" }).optional(),
  lookAtDiskEvery: duration({ least: "100ms", most: "1h" }).optional(),
  maxSessions: count(10 * MILLION),
  sessionExpiry: expiry,
  maxSessionExpiry: expiry,
  maxWillDelay: seconds({ least: "0s", most: "30d" }).optional(),
  topicAliasMaximum: count(65_535, 0),
  keepAlive: seconds({ least: "1s", most: "65535s" }).optional(),
  willGrace: duration({ least: "0s", most: "1h" }).optional(),
}).superRefine(({ outgoingSoftSize, outgoingHardSize }, context) => {
  if (outgoingSoftSize === undefined || outgoingHardSize === undefined) return;
  if (outgoingSoftSize < outgoingHardSize) return;
  context.addIssue({
    code: "custom",
    path: ["outgoingHardSize"],
    message: "must be greater than outgoingSoftSize",
  });
});

export const mqttSection = section({
  /** `power`: what is acknowledged survives a power cut; `process`: a killed process; `memory`: nothing is kept. */
  durability: z.enum(["power", "process", "memory"]).default("power"),
  queuePolicy: z.enum(["drop-oldest", "reject-new", "end-session"]).optional(),
  limits: limitsSection.prefault({}),
});

/** The section as the broker takes it: only what was written, under the names of `broker/limits.ts`. */
export function toMqttConfig({ durability, queuePolicy, limits }: z.output<typeof mqttSection>) {
  return { durability, limits: written({ ...inTime(inBytes(limits)), queuePolicy }) };
}

function inBytes({
  maxConnectSize,
  maxPacketSize,
  maxControlSize,
  maxUnfinishedSize,
  maxKnownTopicSize,
  maxClientIdSize,
  maxTopicSize,
  maxSubscriptionSize,
  publishSizePerSecond,
  maxQueuedSize,
  outgoingSoftSize,
  outgoingHardSize,
  maxOutgoingSize,
  maxMemory,
  maxRetainedSize,
  minFreeDisk,
  ...others
}: z.output<typeof limitsSection>) {
  return {
    ...others,
    maxConnectBytes: maxConnectSize,
    maxPacketBytes: maxPacketSize,
    maxControlBytes: maxControlSize,
    maxUnfinishedBytes: maxUnfinishedSize,
    maxKnownTopicBytes: maxKnownTopicSize,
    maxClientIdBytes: maxClientIdSize,
    maxTopicBytes: maxTopicSize,
    maxSubscriptionBytes: maxSubscriptionSize,
    publishBytesPerSecond: publishSizePerSecond,
    maxQueuedBytes: maxQueuedSize,
    outgoingSoftBytes: outgoingSoftSize,
    outgoingHardBytes: outgoingHardSize,
    maxOutgoingBytes: maxOutgoingSize,
    maxMemoryBytes: maxMemory,
    maxRetainedBytes: maxRetainedSize,
    minFreeDiskBytes: minFreeDisk,
  };
}

/** Times, in milliseconds or seconds. */
function inTime({
  maxConnackDelay,
  connectWithin,
  slowFor,
  stalledAfter,
  lookAtDiskEvery,
  sessionExpiry,
  maxSessionExpiry,
  maxWillDelay,
  keepAlive,
  willGrace,
  ...others
}: ReturnType<typeof inBytes>) {
  return {
    ...others,
    maxConnackDelayMs: maxConnackDelay,
    connectWithinMs: connectWithin,
    slowForMs: slowFor,
    stalledAfterMs: stalledAfter,
    lookAtDiskEveryMs: lookAtDiskEvery,
    sessionExpirySeconds: sessionExpiry,
    maxSessionExpirySeconds: maxSessionExpiry,
    maxWillDelaySeconds: maxWillDelay,
    keepAliveSeconds: keepAlive,
    willGraceMs: willGrace,
  };
}

export type MqttConfig = ReturnType<typeof toMqttConfig>;

type Written<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Without what was left out. */
function written<Values extends object>(values: Values): Written<Values> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same keys and values, less the undefined ones
  return Object.fromEntries(entries) as Written<Values>;
}
