import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { BrokerError } from "../../../hub/src/broker/errors.ts";
import { readTlsFiles, type TlsFiles } from "../../../hub/src/broker/tls-files.ts";
import { TlsKeeper } from "../../../hub/src/broker/tls-keeper.ts";
import { makeCertificate, writeCertificate } from "../../support/certificates.ts";
import { tempDir } from "../../support/hub.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { keepingLog } from "../../support/silent-log.ts";

const DAY_MS = 86_400_000;
const plant = makeCertificate("plant");

function whatIsWrong(files: TlsFiles): string {
  try {
    readTlsFiles(files, "listeners.mqtts");
  } catch (error) {
    assert.ok(error instanceof BrokerError);
    assert.equal(error.code, "CERTIFICATE_UNUSABLE");
    return error.message;
  }
  return "nothing";
}

describe("the files of a TLS listener", () => {
  it("are read when they belong together", (t) => {
    const files = writeCertificate(tempDir(t), plant);

    const { cert, key, ca, validTo } = readTlsFiles(files, "listeners.mqtts");

    assert.deepEqual([cert, key, ca], [plant.cert, plant.key, undefined]);
    assert.ok(validTo > Date.now());
  });

  it("may hold the certificates of those that signed, after the own one", (t) => {
    const ca = makeCertificate("ca", { isCa: true });
    const own = makeCertificate("own", { signedBy: ca });
    const files = writeCertificate(tempDir(t), { ...own, cert: own.cert + ca.cert });

    assert.equal(whatIsWrong(files), "nothing");
  });

  const broken: readonly (readonly [string, (folder: string) => Partial<TlsFiles>, RegExp])[] = [
    [
      "a certificate that is not there",
      () => ({ cert: "/nowhere/c.pem" }),
      /^listeners\.mqtts\.cert: \/nowhere\/c\.pem does not exist$/,
    ],
    [
      "a key that is a folder",
      (folder) => ({ key: folder }),
      /^listeners\.mqtts\.key: .* is a folder/,
    ],
    [
      "a certificate that is not PEM",
      (folder) => ({ cert: fileWith(folder, "0\u0082\u0001") }),
      /cert: .* is not PEM .* openssl/,
    ],
    [
      "a PEM file with nothing in it",
      (folder) => ({ cert: fileWith(folder, "-----BEGIN CERTIFICATE-----\n") }),
      /cert: .* holds no certificate that can be read$/,
    ],
    [
      "a certificate where the key belongs",
      (folder) => ({ key: fileWith(folder, plant.cert) }),
      /key: .* holds no private key that can be read$/,
    ],
    [
      "a key of another certificate",
      (folder) => ({ key: fileWith(folder, makeCertificate("other").key) }),
      /key: .* is not the key of the certificate in .*cert\.pem/,
    ],
    [
      "a key with a passphrase",
      (folder) => ({ key: fileWith(folder, lockedKey()) }),
      /key: .* is locked with a passphrase.* openssl pkey/,
    ],
    [
      "a client CA without a certificate",
      (folder) => ({ clientCa: fileWith(folder, plant.key) }),
      /^listeners\.mqtts\.clientCa: .* holds no certificate$/,
    ],
  ];
  for (const [what, change, says] of broken) {
    it(`are refused with a sentence that names the file: ${what}`, (t) => {
      const folder = tempDir(t);
      const files = writeCertificate(folder, plant);

      assert.match(whatIsWrong({ ...files, ...change(folder) }), says);
    });
  }
});

describe("the keeper of a certificate", () => {
  it("reads the files again when they have changed and have come to rest", async (t) => {
    const { keeper, folder, renewed, lines } = keeperFor(t);
    await keeper.look();
    const next = makeCertificate("next");

    writeCertificate(folder, next);
    await keeper.look();
    assert.equal(renewed.length, 0);
    await keeper.look();
    await keeper.look();

    assert.deepEqual(renewed, [next.cert]);
    assert.equal(keeper.credentials.key, next.key);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ["certificate read again"],
    );
  });

  it("keeps the old one when the new one is broken, says so once, and takes the one after", async (t) => {
    const { keeper, folder, renewed, lines } = keeperFor(t);
    await keeper.look();

    writeCertificate(folder, { cert: plant.cert, key: "rubbish" });
    for (let look = 0; look < 4; look += 1) await keeper.look();

    assert.equal(renewed.length, 0);
    assert.equal(keeper.credentials.key, plant.key);
    assert.equal(lines.length, 1);
    assert.match(lines[0]?.message ?? "", /cannot be used; the old one stays/);
    writeCertificate(folder, makeCertificate("next"));
    for (let look = 0; look < 4; look += 1) await keeper.look();
    assert.equal(renewed.length, 1);
  });

  it("keeps the old one while a file is gone", async (t) => {
    const { keeper, folder, renewed } = keeperFor(t);
    await keeper.look();

    rmSync(join(folder, "cert.pem"));
    for (let look = 0; look < 3; look += 1) await keeper.look();

    assert.equal(renewed.length, 0);
    assert.equal(keeper.credentials.cert, plant.cert);
  });

  it("warns from thirty days before the end, once a day", (t) => {
    const clock = new ManualClock();
    const soon = makeCertificate("soon", { validTo: new Date(clock.wall() + 32.5 * DAY_MS) });

    const { lines } = keeperFor(t, { certificate: soon, clock });
    clock.pass(2 * DAY_MS);
    assert.equal(lines.length, 0);
    clock.pass(2 * DAY_MS);

    assert.deepEqual(
      lines.map(({ level, message, fields }) => [level, message, Object(fields).daysLeft]),
      [
        ["warn", "the certificate expires soon; renew it", 29],
        ["warn", "the certificate expires soon; renew it", 28],
      ],
    );
  });

  it("warns of a CA of clients that ends, the first of several", (t) => {
    const clock = new ManualClock();
    const caUntil = (days: number): string =>
      makeCertificate(`CA for ${days} days`, {
        isCa: true,
        validTo: new Date(clock.wall() + days * DAY_MS),
      }).cert;

    const { lines } = keeperFor(t, { clock, clientCa: [caUntil(90), caUntil(32.5)].join("\n") });
    assert.equal(lines.length, 0);
    clock.pass(3 * DAY_MS);
    const [soon] = lines;
    clock.pass(30 * DAY_MS);

    assert.equal(soon?.level, "warn");
    assert.match(soon.message, /CA of clients expires soon, and with it all its clients/);
    const { setting, daysLeft } = Object(soon.fields);
    assert.deepEqual([setting, daysLeft], ["listeners.mqtts.clientCa", 29]);
    assert.match(lines.at(-1)?.message ?? "", /CA of clients has expired/);
  });

  it("warns of one that has expired or is not valid yet", (t) => {
    const clock = new ManualClock();
    const old = makeCertificate("old", { validTo: new Date(clock.wall() - DAY_MS) });
    const young = makeCertificate("young", { validFrom: new Date(clock.wall() + DAY_MS) });

    const said = [old, young].map(
      (certificate) => keeperFor(t, { certificate, clock }).lines[0]?.message ?? "",
    );

    assert.match(said[0] ?? "", /has expired/);
    assert.match(said[1] ?? "", /not valid yet/);
  });

  it("looks at the files no longer after it was stopped", (t) => {
    const clock = new ManualClock();
    const { keeper, renewed } = keeperFor(t, { clock });

    keeper.stop();
    clock.pass(3 * DAY_MS);

    assert.equal(renewed.length, 0);
  });
});

function keeperFor(
  t: TestContext,
  { certificate = plant, clock = new ManualClock(), clientCa = "" } = {},
) {
  const folder = join(tempDir(t), "tls");
  mkdirSync(folder);
  const files = writeCertificate(folder, certificate);
  const caFile = join(folder, "clients.pem");
  if (clientCa !== "") writeFileSync(caFile, clientCa);
  const all = { ...files, ...(clientCa !== "" && { clientCa: caFile }) };
  const { log, lines } = keepingLog();
  const keeper = new TlsKeeper({ files: all, setting: "listeners.mqtts", log, clock });
  const renewed: string[] = [];
  keeper.onRenewed = ({ cert }) => renewed.push(cert);
  return { keeper, folder, renewed, lines };
}

function fileWith(folder: string, text: string): string {
  const file = join(folder, "wrong.pem");
  writeFileSync(file, text, "latin1");
  return file;
}

function lockedKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const lock = { cipher: "aes-256-cbc", passphrase: "secret" };
  return privateKey.export({ type: "pkcs8", format: "pem", ...lock });
}
