/** How commands log in. Secrets come from the environment: what is typed on a command line is seen by others. */

type Login =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "password"; readonly user: string; readonly password: string };

function loginIn(env: NodeJS.ProcessEnv): Login | undefined {
  const { UNSHUB_TOKEN: token, UNSHUB_USER: user, UNSHUB_PASSWORD: password } = env;
  if (token !== undefined) return { kind: "token", token };
  if (user === undefined || password === undefined) return undefined;
  return { kind: "password", user, password };
}

/** As headers of HTTP; none without a login. */
export function httpLogin(env: NodeJS.ProcessEnv): Record<string, string> {
  const login = loginIn(env);
  if (login === undefined) return {};
  if (login.kind === "token") return { authorization: `Bearer ${login.token}` };
  const { user, password } = login;
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

/** As MQTT.js names it. A token says who it is: it stands where the password does, beside an empty name. */
export function mqttLogin(env: NodeJS.ProcessEnv): {
  readonly username?: string;
  readonly password?: string;
} {
  const login = loginIn(env);
  if (login === undefined) return {};
  if (login.kind === "token") return { username: "", password: login.token };
  return { username: login.user, password: login.password };
}
