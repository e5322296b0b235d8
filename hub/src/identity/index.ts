/** The door of identity: who somebody is, what they may, and what they did. */
export { LoginAttempts } from "./attempts.ts";
export type { Ban } from "./attempts.ts";
export { Audit, verifyAudit } from "./audit.ts";
export type { AuditEntry, AuditFault, Via } from "./audit.ts";
export { Authenticator, TOKEN_PREFIX } from "./authenticator.ts";
export type { Authenticated, Credentials } from "./authenticator.ts";
export { grantText, readGrant } from "./grant-text.ts";
export type { Grant, PublishAttempt, Rights } from "./grants.ts";
export { MqttGate } from "./mqtt-gate.ts";
export type { Anonymous } from "./mqtt-gate.ts";
export { hashPassword, PasswordCheck } from "./password.ts";
export { mayDo, principalOf, rightsOf } from "./principal.ts";
export type { IdentitySource, Principal } from "./principal.ts";
export { ROLES } from "./roles.ts";
export type { Action, Role } from "./roles.ts";
export { hashSecret, newSecret } from "./secret.ts";
export { IdentityFileError, IdentityStore } from "./store.ts";
export type { StoredToken, StoredUser } from "./store.ts";
