/** Rules that do nothing for the types that the server has: told once, in one line for each reason. */
import { ruleWarning, type Logger } from "@unshub/adapter";
import type { Item } from "./values/server-values.ts";

const MOST_NAMES = 10;

export class IdleRules {
  readonly #log: Logger;
  readonly #told = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(items: readonly Item[]): void {
    const found = items.flatMap(({ node: { tag, leaves, fault } }) => {
      const [leaf] = leaves;
      const because =
        leaf && fault === undefined ? ruleWarning(tag.rule, leaf.datatype) : undefined;
      return because === undefined ? [] : [{ tag: `${tag.device}/${tag.name}`, because }];
    });
    const news = found.filter(({ tag, because }) => !this.#told.has(`${tag} ${because}`));
    for (const [because, tags] of Map.groupBy(news, (each) => each.because)) {
      for (const { tag } of tags) this.#told.add(`${tag} ${because}`);
      const names = tags.slice(0, MOST_NAMES).map(({ tag }) => tag);
      this.#log.warn({ because, tags: names, count: tags.length }, "a rule of tags does nothing");
    }
  }
}
