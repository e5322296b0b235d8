/**
 * The door of certificates: the one application certificate of the hub, and files of those that were trusted. The OPC UA
 * adapter (a client) and the hub's own OPC UA server open it; nothing of node-opcua is loaded until a certificate is made.
 */
export { factsOf, KEY_USAGES, readCertificate, sha256Of, splitChain } from "./certificate.ts";
export type { CertificateFacts } from "./certificate.ts";
export { certificateLines, day } from "./describe.ts";
export { certificateDir, clientsDir, trustDir, usersDir } from "./folders.ts";
export {
  expiryWarning,
  ownCertificate,
  readOwnCertificate,
  renewCertificate,
} from "./own-certificate.ts";
export type { OwnCertificate } from "./own-certificate.ts";
export { TRUST_FOLDERS, TrustStore } from "./trust-store.ts";
export type { StoredCertificate, StoredList, TrustFolder, Verdict } from "./trust-store.ts";
