/** Topic Aliases that the server sets for one client, first come first served. [MQTT5-3.3.2-9] */
export class OutgoingAliases {
  readonly #maximum: number;
  readonly #aliases = new Map<string, { readonly alias: number; isKnown: boolean }>();

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The alias of this topic and whether the client knows it already; `undefined` when there is none left. */
  of(topic: string): { readonly alias: number; readonly isKnown: boolean } | undefined {
    const before = this.#aliases.get(topic);
    if (before !== undefined) return before;
    if (this.#aliases.size >= this.#maximum) return undefined; // [MQTT5-3.3.2-11]
    const made = { alias: this.#aliases.size + 1, isKnown: false };
    this.#aliases.set(topic, made);
    return made;
  }

  /** A message with the topic and its alias was sent. */
  sent(topic: string): void {
    const alias = this.#aliases.get(topic);
    if (alias !== undefined) alias.isKnown = true;
  }
}
