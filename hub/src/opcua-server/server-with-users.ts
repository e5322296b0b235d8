/**
 * The library's server, with users who show a certificate. By itself it would let in whoever has a trusted one, and ask nobody who
 * that is.
 */
import type { ServerSession } from "node-opcua-server";
import type { Library } from "./library.ts";

type Channel = NonNullable<ServerSession["channel"]>;
type Token = NonNullable<ServerSession["userIdentityToken"]>;
type Answer = (error: Error | null, isAuthorized?: boolean) => void;

/** `login`: whether the certificate, which was checked and proved by a signature, makes somebody who may come in. */
export function serverWithUsers(
  library: Library,
  login: (session: ServerSession, certificate: Uint8Array) => Promise<boolean>,
): Library["OPCUAServer"] {
  return class extends library.OPCUAServer {
    protected override isUserAuthorized(
      channel: Channel,
      session: ServerSession,
      token: Token,
      answer: Answer,
    ): void {
      if (!(token instanceof library.X509IdentityToken)) {
        super.isUserAuthorized(channel, session, token, answer);
        return;
      }
      login(session, token.certificateData).then(
        (isIn) => answer(null, isIn),
        () => answer(null, false),
      );
    }
  };
}
