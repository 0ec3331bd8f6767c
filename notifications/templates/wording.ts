/** In which words the facts are put, and where their pages are. */
export interface Wording {
  readonly language: 'en' | 'zh-TW';
  /** Base of links to the dashboard; null: there is none. */
  readonly dashboardUrl: string | null;
}

export const ENGLISH: Wording = { language: 'en', dashboardUrl: null };
