/** The MQTT server: its ports and its engine, started and stopped together. */
import { Engine } from "./aedes/engine.ts";
import type { Broker, BrokerOptions } from "./contract.ts";
import { openListeners } from "./listen.ts";
import { type BrokerTiming, DEFAULT_TIMING } from "./timing.ts";

/**
 * Starts the MQTT server and listens.
 * @throws {BrokerError} PORT_IN_USE, PORT_FORBIDDEN, ADDRESS_NOT_HERE or LISTEN_FAILED; nothing is left open then.
 */
export async function startBroker(
  options: BrokerOptions,
  timing: Partial<BrokerTiming> = {},
): Promise<Broker> {
  const engine = await Engine.start(options, { ...DEFAULT_TIMING, ...timing });
  const listeners = await openListeners(options.listeners, {
    maxPacketBytes: engine.maxPacketBytes,
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
    counters: engine.counters,
    publish: (message) => engine.publish(message),
    attach: (stream) => engine.take(stream, "in-process"),
    sessions: () => engine.sessions(),
    stop: async () => {
      await Promise.all([listeners.close(), engine.stop()]);
    },
  };
}
