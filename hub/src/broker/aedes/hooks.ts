/** What aedes is told to ask us, and its settings. */
import type { AedesOptions, Client } from "aedes";
import type { BrokerOptions } from "../contract.ts";
import { MAX_TOPIC_LEVELS } from "../topic.ts";
import type { ClientIds } from "./client-ids.ts";
import { beforeSession, decideConnect } from "./connecting.ts";
import type { Connection } from "./connection.ts";
import { takePublish } from "./incoming.ts";
import type { EngineBroker } from "./internals.ts";
import type { MemoryStore } from "./memory-store.ts";
import type { MessageRouter } from "./message-router.ts";
import { allowForward, type OutgoingContext } from "./outgoing.ts";
import { withoutDelay } from "./will.ts";

/** Longest time a timer can have: stalled clients are ended by `ClientStream`, which sees whether they still read. */
const NEVER_MS = 2_147_483_647;

/** What the answers to aedes' questions are made of. */
export interface HookContext {
  readonly options: BrokerOptions;
  /** Different at each start, so that aedes never takes numbers of an earlier life for its own (A17). */
  readonly engineId: string;
  readonly maxPacketBytes: number;
  readonly store: MemoryStore;
  readonly router: MessageRouter;
  readonly clientIds: ClientIds;
  readonly outgoing: OutgoingContext;
  readonly broker: () => EngineBroker;
  readonly connectionOf: (client: Client) => Connection;
}

/** Trap A21: without `maximumPacketSize` one client may declare a packet of 256 MB and have it buffered. */
export function aedesOptions(context: HookContext): AedesOptions {
  const { options, store, clientIds, outgoing, connectionOf } = context;
  return {
    id: context.engineId,
    mq: context.router,
    persistence: store,
    drainTimeout: NEVER_MS,
    maximumPacketSize: context.maxPacketBytes,
    maxTopicLevels: MAX_TOPIC_LEVELS,
    preConnect: (client, packet, callback) => {
      const proceed = (): void => callback(null, true);
      decideConnect(connectionOf(client), packet, { options, clientIds, proceed });
    },
    authenticate: (client, _username, _password, callback) => {
      beforeSession(connectionOf(client));
      callback(null, true);
    },
    authorizePublish: (client, packet, callback) => {
      const isWill = packet.cmd !== "publish"; // judged at CONNECT
      if (isWill) withoutDelay(packet);
      if (isWill || client === null) callback(null);
      else {
        const incoming = { options, store, broker: context.broker() };
        takePublish(connectionOf(client), packet, incoming, () => callback(null));
      }
    },
    authorizeSubscribe: (client, subscription, callback) => {
      // Trap A14: aedes grants MQTT 3 a shared subscription and then never sends anything; it offers none.
      const isDead = client.version < 5 && subscription.topic.startsWith("$share/");
      callback(null, isDead ? null : subscription);
    },
    authorizeForward: (client, packet) => allowForward(connectionOf(client), packet, outgoing),
  };
}
