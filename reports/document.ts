/** A report before it has a form: the same blocks become a page and a printed document. All texts are in its language. */
export type Language = 'en' | 'zh-TW';

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: string])[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Share of the width of each column; they sum to one. */
      readonly widths: readonly number[];
    }
  /** A recorded figure in the language of the report: SVG text for paper and screen, and for a phone. */
  | { readonly kind: 'figure'; readonly title: string; readonly svg: string; readonly narrow: string };

export interface ReportDocument {
  readonly language: Language;
  readonly title: string;
  /** About what, as of when, one line. */
  readonly subtitle: string;
  readonly blocks: readonly Block[];
  /** Where the figures come from: hashes and instants, printed at the end. */
  readonly provenance: string;
}
