/**
 * The door of the broker: everything the rest of the hub may know of the MQTT server.
 * What is inside (today aedes, later our own engine) shows nowhere else.
 */
export { startBroker } from "./broker.ts";
export { BrokerError } from "./errors.ts";
export type {
  Broker,
  BrokerOptions,
  ClientSession,
  ConnectingClient,
  ListenerAddress,
  ListenerConfig,
  MqttMessage,
  PublishedMessage,
  Verdict,
} from "./contract.ts";
