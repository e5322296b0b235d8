/** The MQTT server: its ports, its engine and its store, started and stopped together. */
import type { Broker, BrokerOptions } from "./contract.ts";
import { Engine } from "./engine.ts";
import { openListeners } from "./listen.ts";
import { openStore } from "./store/open-store.ts";

/**
 * Starts the MQTT server and listens.
 * @throws {BrokerError} PORT_IN_USE, PORT_FORBIDDEN, ADDRESS_NOT_HERE or LISTEN_FAILED; nothing is left open then.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { store, state } = await openStore(options);
  const engine = new Engine(options, store, state);
  const listeners = await openListeners(options.listeners, {
    maxPacketBytes: engine.limits.maxPacketBytes,
    accepted: (raw, address) => engine.take(raw, address),
    malformed: (report) => engine.reportMalformed(report),
    failed: (error, { kind, host, port }) => {
      options.log.error(
        { error, kind, host, port },
        "a listener of the MQTT server reports an error",
      );
    },
  }).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  return {
    addresses: listeners.addresses,
    get counters() {
      return engine.counters;
    },
    get storeState() {
      return engine.storeState;
    },
    publish: (message) => engine.publish(message),
    attach: (stream) => engine.take(stream, "in-process"),
    sessions: () => engine.sessions(),
    kick: (clientId, how) => engine.kick(clientId, how),
    permissionsChanged: () => engine.permissionsChanged(),
    stop: async () => {
      await Promise.all([listeners.close(), engine.stop()]);
    },
  };
}
