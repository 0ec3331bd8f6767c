/** What the time of a market is called: by its city, and by one name wherever people read it. */
const NAMES: Readonly<Record<string, { readonly en: string; readonly 'zh-TW': string }>> = {
  'Asia/Taipei': { en: 'Taipei time', 'zh-TW': '台北時間' },
  'America/New_York': { en: 'New York time', 'zh-TW': '紐約時間' },
};

/** Null: of no market. */
export function marketTimeName(zone: string, language: string): string | null {
  const names = Object.hasOwn(NAMES, zone) ? NAMES[zone] : undefined;
  return names === undefined ? null : language === 'zh-TW' ? names['zh-TW'] : names.en;
}
