/** Certificate, key and client CA, read from their files; whatever is wrong with them is a sentence that names the file. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { BrokerError } from "./errors.ts";

/** The files of a TLS listener, all PEM. */
export interface TlsFiles {
  /** The certificate of the hub, with the intermediate ones after it. */
  readonly cert: string;
  readonly key: string;
  /** Clients must show a certificate signed by one of these. */
  readonly clientCa?: string;
  /** Whether those come in, too, who show none, or one of somebody else; nothing is known of them then. Default `required`. */
  readonly clientCertificates?: "required" | "optional";
}

/** What TLS needs of the files. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  /** When the first of the client CAs ends, in milliseconds since 1970 UTC. */
  readonly caValidTo?: number;
  /** What `cert` begins with. */
  readonly certificate: X509Certificate;
  /** Milliseconds since 1970 UTC. */
  readonly validFrom: number;
  readonly validTo: number;
}

/**
 * Reads them and proves that they can be used.
 * @param setting where they stand in the configuration: `listeners.mqtts`.
 * @throws {BrokerError} CERTIFICATE_UNUSABLE with what is wrong and what to do.
 */
export function readTlsFiles(files: TlsFiles, setting: string): TlsCredentials {
  const cert = readPem(files.cert, `${setting}.cert`);
  const key = readPem(files.key, `${setting}.key`);
  const certificate = certificateIn(cert, files.cert, `${setting}.cert`);
  const privateKey = keyIn(key, files.key, `${setting}.key`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw unusable(
      `${setting}.key: ${files.key} is not the key of the certificate in ${files.cert}; name the two that were made together`,
    );
  }
  const ca = files.clientCa === undefined ? {} : clientCaIn(files.clientCa, setting);
  const credentials = { cert, key, ...ca };
  checkTogether(credentials, files.cert, setting);
  return {
    ...credentials,
    certificate,
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
  };
}

function unusable(message: string, cause?: unknown): BrokerError {
  return new BrokerError("CERTIFICATE_UNUSABLE", message, { cause });
}

function readPem(file: string, setting: string): string {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch (cause) {
    throw unusable(`${setting}: ${file} ${whyUnread(cause)}`, cause);
  }
  if (text.includes("-----BEGIN ")) return text;
  throw unusable(
    `${setting}: ${file} is not PEM (there is no -----BEGIN … line); convert it, e.g. openssl x509 -inform DER or openssl pkcs12 -nodes`,
  );
}

function whyUnread(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES" || code === "EPERM") {
    return "may not be read by the user who runs the hub; give it to that user (chown, chmod 0640)";
  }
  if (code === "EISDIR") return "is a folder; name a file";
  return `cannot be read (${String(code)})`;
}

function certificateIn(pem: string, file: string, setting: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw unusable(`${setting}: ${file} holds no certificate that can be read`, cause);
  }
}

function keyIn(pem: string, file: string, setting: string): KeyObject {
  if (pem.includes("ENCRYPTED")) {
    throw unusable(
      `${setting}: ${file} is locked with a passphrase, and nobody can type it when the hub starts; unlock it with openssl pkey and protect the file instead (chmod 0600)`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw unusable(`${setting}: ${file} holds no private key that can be read`, cause);
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function clientCaIn(
  file: string,
  setting: string,
): Required<Pick<TlsCredentials, "ca" | "caValidTo">> {
  const where = `${setting}.clientCa`;
  const certificates = readPem(file, where).match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw unusable(`${where}: ${file} holds no certificate`);
  const ends = certificates.map((pem) => Date.parse(certificateIn(pem, file, where).validTo));
  return { ca: certificates.join("\n"), caValidTo: Math.min(...ends) };
}

/** What only OpenSSL can tell, e.g. a key that is too short for today. */
function checkTogether(
  credentials: { readonly cert: string; readonly key: string; readonly ca?: string },
  file: string,
  setting: string,
): void {
  try {
    createSecureContext(credentials);
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause);
    throw unusable(`${setting}.cert: ${file} cannot be used: ${because}`, cause);
  }
}
