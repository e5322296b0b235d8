/**
 * How a tag names its node: `nsu=<namespace uri>;s=Line1.Speed`, `ns=2;i=4711`, `i=2258`. A namespace's index may be
 * another after the server has restarted, its URI not; so the index is looked up anew at each connection.
 */

/** A URI, or an index of the server's namespace array; 0 is the standard's own namespace. */
export type NodeNamespace = { readonly uri: string } | { readonly index: number };

/** A node's name as the configuration gives it. */
export interface NodeAddress {
  readonly namespace: NodeNamespace;
  /** The rest, e.g. `s=Line1.Speed`: `i` number, `s` text, `g` GUID, `b` Base64. */
  readonly identifier: string;
}

const FORM = /^(?:nsu=([^;]+);|ns=(\d{1,5});)?([isgb])=(.+)$/su;
const IDENTIFIERS: Readonly<Record<string, RegExp>> = {
  i: /^\d{1,10}$/,
  s: /^.{1,4096}$/su,
  g: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu,
  b: /^[A-Za-z0-9+/]+={0,2}$/,
};
const LARGEST_NUMBER = 0xffff_ffff;

/** The address in `text`, or what is wrong with it, as a sentence. */
export function parseNodeAddress(
  text: string,
): { readonly address: NodeAddress } | { readonly fault: string } {
  const match = FORM.exec(text);
  const [, uri, index, kind = "", value = ""] = match ?? [];
  if (match === null) {
    return {
      fault: `"${text}" is no node id; write e.g. nsu=urn:my-plc;s=Line1.Speed or ns=2;i=4711`,
    };
  }
  const numberTooLarge = kind === "i" && Number(value) > LARGEST_NUMBER;
  if (IDENTIFIERS[kind]?.test(value) !== true || numberTooLarge) {
    return { fault: `"${kind}=${value}" is no node id: ${EXPECTED[kind]}` };
  }
  const namespace = uri === undefined ? { index: Number(index ?? 0) } : { uri };
  return { address: { namespace, identifier: `${kind}=${value}` } };
}

const EXPECTED: Readonly<Record<string, string>> = {
  i: "i= takes a whole number from 0 to 4294967295",
  s: "s= takes a text of 1 to 4096 characters",
  g: "g= takes a GUID such as 72962b91-fa75-4ae6-8d28-b404dc7daf63",
  b: "b= takes Base64",
};

/** The same node by the URI of its namespace, which stays when indices move; `undefined` when there is no such index. */
export function byUri(
  { namespace, identifier }: NodeAddress,
  namespaces: readonly string[],
): NodeAddress | undefined {
  if ("uri" in namespace || namespace.index === 0) return { namespace, identifier };
  const uri = namespaces[namespace.index];
  return uri === undefined ? undefined : { namespace: { uri }, identifier };
}

/** The address as it is written; `parseNodeAddress` reads it as the same. */
export function nodeAddressText({ namespace, identifier }: NodeAddress): string {
  if ("uri" in namespace) return `nsu=${namespace.uri};${identifier}`;
  return namespace.index === 0 ? identifier : `ns=${namespace.index};${identifier}`;
}

/** The namespaces of a server now, and as they were when the hub first saw it. */
export interface Namespaces {
  readonly namespaces: readonly string[];
  /** What an index in the configuration means, whatever the server numbers today. */
  readonly namespacesAtFirst: readonly string[];
}

/** The index that the namespace has now; `undefined` when the server does not have it. */
export function namespaceIndex(namespace: NodeNamespace, server: Namespaces): number | undefined {
  if (!("uri" in namespace) && namespace.index === 0) return 0;
  const uri = "uri" in namespace ? namespace.uri : server.namespacesAtFirst[namespace.index];
  const index = uri === undefined ? -1 : server.namespaces.indexOf(uri);
  return index < 0 ? undefined : index;
}

/** What the server calls this node now, e.g. `ns=2;s=Line1.Speed`; `undefined` when it does not have the namespace. */
export function locateNode(address: NodeAddress, server: Namespaces): string | undefined {
  const index = namespaceIndex(address.namespace, server);
  return index === undefined ? undefined : `ns=${index};${address.identifier}`;
}

/** A node id as the server writes it, `ns=2;s=Line1`, with the URI of its namespace, which does not move. */
export function withUri(nodeId: string, namespaces: readonly string[]): string {
  const [, index, identifier] = /^ns=(\d+);(.*)$/s.exec(nodeId) ?? [];
  const uri = index === undefined || index === "0" ? undefined : namespaces[Number(index)];
  if (uri !== undefined) return `nsu=${uri};${identifier ?? ""}`;
  return index === "0" ? (identifier ?? nodeId) : nodeId;
}

/** For whoever knows only how the server numbers its namespaces now: an index means what it means today. */
export function asOfNow(namespaces: readonly string[]): Namespaces {
  return { namespaces, namespacesAtFirst: namespaces };
}
