/**
 * Random clients drive a server and a simple model of MQTT at once; both must agree. The same scripts go to Mosquitto
 * and aedes, as far as these are right, so that the model is not just a mirror of our own engine.
 *
 * `MODEL_SEEDS=500 MODEL_FIRST_SEED=1 node --test test/hub/broker/model.test.ts` plays more of them.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HUB_IN_MEMORY, HUB_WITH_STORAGE } from "../../support/mqtt-model-hub.ts";
import {
  SKIP_WITHOUT_MOSQUITTO_SERVER,
  startAedes,
  startMosquitto,
} from "../../support/mqtt-model-peers.ts";
import { type ModelSubject, runModel } from "../../support/mqtt-model-run.ts";
import { ALL_ABILITIES } from "../../support/mqtt-model-script.ts";

const SEEDS = process.env["MODEL_SEEDS"];
const FIRST_SEED = Number(process.env["MODEL_FIRST_SEED"] ?? 1);

/** What holds for both: each message comes once for each filter or once for all, as the server likes. */
const PEER_OPTIONS = {
  window: 1_000_000,
  isSticky: () => false,
  overlapping: "avoided",
  order: "topic and QoS",
  takesOver: false,
} as const;

/** Mosquitto 2.0.11, without what it does in another way or wrong. */
const MOSQUITTO: ModelSubject = {
  options: PEER_OPTIONS, // a Will at a takeover goes to the new connection too; No Local cannot be changed by a new SUBSCRIBE
  can: {
    ...ALL_ABILITIES,
    restart: false, // it saves its sessions now and then, not before it acknowledges
    shared: false, // not compared: it may choose members in any way
    holding: false, // QoS 0 messages overtake those that wait for an acknowledgement
    vanishing: false, // not compared: when it notices is not known
    lastWords: false, // gives a QoS 2 message out at PUBREL, which may never come
    repeats: false, // the order of QoS 2 messages is then that of PUBREL
    receiveMaximum: false, // is exceeded: three messages under way where two are allowed
    willDelays: false, // a delayed Will is lost when its session ends early [MQTT5-3.1.3-9]
    dollarTopics: false, // not compared
  },
  start: startMosquitto,
};

/** aedes 2.0.0-beta.1, without what it does in another way or wrong. */
const AEDES: ModelSubject = {
  options: PEER_OPTIONS,
  can: {
    ...MOSQUITTO.can,
    versions: [4], // its MQTT 5 fails or hangs in many ways (ADR-0003)
    qos: [0, 1], // QoS 2 messages come with QoS 2 where QoS 1 was granted
    retained: false, // some retained QoS 0 messages never come to those who are subscribed
    lasting: false, // loses the connection of a persistent session under some hundred messages
    floods: false, // stops giving messages out to a client that publishes some hundred itself
    wills: false, // not compared
    manyFilters: false, // not compared
  },
  start: startAedes,
};

async function agree(subject: ModelSubject, seeds: number): Promise<void> {
  const end = FIRST_SEED + (SEEDS === undefined ? seeds : Number(SEEDS));
  for (let seed = FIRST_SEED; seed < end; seed += 1) {
    const report = await runModel(subject, { seed, clients: 6 + (seed % 25), steps: 100 });
    assert.ok(report === undefined, report ?? "");
  }
}

describe("a simple model of MQTT, played with random clients,", { timeout: 36_000_000 }, () => {
  it("agrees with our server, all in memory", async () => {
    await agree(HUB_IN_MEMORY, 16);
  });

  it("agrees with our server, with storage and restarts", async () => {
    await agree(HUB_WITH_STORAGE, 8);
  });

  it("agrees with Mosquitto", { skip: SKIP_WITHOUT_MOSQUITTO_SERVER }, async () => {
    await agree(MOSQUITTO, 4);
  });

  it("agrees with aedes", async () => {
    await agree(AEDES, 4);
  });
});
