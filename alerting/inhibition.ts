import type { InhibitRule } from './config.ts';
import { labelOf } from './labels.ts';
import type { Labels } from './labels.ts';
import { matchesAll } from './matcher.ts';

/** A firing alert that may hold back others. */
export interface InhibitionSource {
  readonly id: number;
  readonly labels: Labels;
}

interface RuleSources {
  readonly rule: InhibitRule;
  /** By the values of the `equal` labels: a source, and one that is not itself a target of the rule, or 0. */
  readonly byEqual: Map<string, { any: number; oneSided: number }>;
}

const equalKey = (rule: InhibitRule, labels: Labels): string =>
  JSON.stringify(rule.equal.map((name) => labelOf(labels, name)));

/**
 * What firing alerts hold back. It keeps one entry per rule and distinct values of the `equal` labels, however many alerts
 * fire. An alert that matches both sides of a rule is not held back by another that does, hence never by itself
 * (Alertmanager, `<inhibit_rule>`).
 */
export class Inhibition {
  readonly #rules: readonly RuleSources[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules.map((rule) => ({ rule, byEqual: new Map() }));
  }

  get empty(): boolean {
    return this.#rules.length === 0;
  }

  /** Notes firing alerts, whether or not anybody hears of them. */
  add(sources: Iterable<InhibitionSource>): void {
    for (const { id, labels } of sources) {
      for (const { rule, byEqual } of this.#rules) {
        if (!matchesAll(rule.source_matchers, labels)) continue;
        const key = equalKey(rule, labels);
        const known = byEqual.get(key) ?? { any: id, oneSided: 0 };
        if (known.oneSided === 0 && !matchesAll(rule.target_matchers, labels)) known.oneSided = id;
        byEqual.set(key, known);
      }
    }
  }

  /** The alert that holds this one back, or null. */
  inhibitorOf(labels: Labels): number | null {
    for (const { rule, byEqual } of this.#rules) {
      if (!matchesAll(rule.target_matchers, labels)) continue;
      const found = byEqual.get(equalKey(rule, labels));
      if (found === undefined) continue;
      const id = matchesAll(rule.source_matchers, labels) ? found.oneSided : found.any;
      if (id !== 0) return id;
    }
    return null;
  }
}
