/**
 * The MQTT server: its ports, its engine and its store, started and stopped together. A client needs nothing but what
 * the standard has. [MQTT311-7.0.0-2]
 */
import { Arrivals } from "./arrivals.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { IN_PROCESS } from "./connection-owner.ts";
import type { Broker, BrokerOptions } from "./contract.ts";
import { Engine } from "./engine.ts";
import { type ListenerEvents, type OpenListeners, openListeners } from "./listen.ts";
import { openStore } from "./store/open-store.ts";

/**
 * Starts the MQTT server and listens.
 * @throws {BrokerError} PORT_IN_USE, PORT_FORBIDDEN, ADDRESS_NOT_HERE, LISTEN_FAILED or CERTIFICATE_UNUSABLE; nothing is
 * left open then.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { store, state } = await openStore(options);
  const engine = new Engine(options, store, state);
  const { log, clock = SYSTEM_CLOCK } = options;
  const arrivals = new Arrivals({
    limits: engine.limits,
    clock,
    turnedAway: (address, because) => engine.turnedAway(address, because),
  });
  const events = listenerEvents(engine, arrivals, options);
  const listeners = await openListeners(options.listeners, events, { log, clock }).catch(
    async (error: unknown) => {
      arrivals.close();
      await engine.stop();
      throw error;
    },
  );
  return brokerOf(engine, listeners, async () => {
    const closed = listeners.close();
    arrivals.close();
    await Promise.all([closed, engine.stop()]);
  });
}

function listenerEvents(
  engine: Engine,
  arrivals: Arrivals,
  { log, pskOf }: BrokerOptions,
): ListenerEvents {
  return {
    pskOf,
    maxPacketBytes: engine.limits.maxPacketBytes,
    handshakeWithinMs: engine.limits.connectWithinMs,
    arrived: (socket, enter) => arrivals.arrived(socket, enter),
    accepted: (raw, address, proof) =>
      engine.take(raw, { address, proof }, arrivals.passed(address)),
    handshakeFailed: (because, address) => {
      if (because !== undefined) engine.turnedAway(address, because);
    },
    malformed: (report) => engine.reportMalformed(report),
    failed: (error, { kind, host, port }) => {
      log.error({ error, kind, host, port }, "a listener of the MQTT server reports an error");
    },
  };
}

function brokerOf(engine: Engine, listeners: OpenListeners, stop: () => Promise<void>): Broker {
  return {
    addresses: listeners.addresses,
    get counters() {
      return engine.counters;
    },
    get storeState() {
      return engine.storeState;
    },
    get commits() {
      return engine.commits;
    },
    get freeDiskBytes() {
      return engine.freeDiskBytes;
    },
    get isShortOfMemory() {
      return engine.isShortOfMemory;
    },
    get certificates() {
      return listeners.certificates;
    },
    reloadCertificates: () => listeners.reloadCertificates(),
    publish: (message) => engine.publish(message),
    hasReceivers: (topic) => engine.hasReceivers(topic),
    mayReachBelow: (topic) => engine.mayReachBelow(topic),
    retained: (filter) => engine.retained(filter),
    attach: (stream) => engine.take(stream, { address: IN_PROCESS }),
    sessions: () => engine.sessions(),
    clientDetails: (clientId) => engine.clientDetails(clientId),
    kick: (clientId, how) => engine.kick(clientId, how),
    copyStore: (file) => engine.copyStore(file),
    permissionsChanged: () => engine.permissionsChanged(),
    stop,
  };
}
