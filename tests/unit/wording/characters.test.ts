import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../reports/pdf.ts';

/** Every source with words for readers of Chinese: pages, recorded sentences, reports, mails and Slack. */
const CATALOGUES = [
  'contracts/wording/*.ts',
  'dashboards/web/src/i18n/*.ts',
  'reports/texts.ts',
  'notifications/templates/*.ts',
  'docs/runbooks/zh-TW/*.md',
];

const characters = new Map<string, string>();
for (const file of globSync(CATALOGUES).sort()) {
  for (const character of readFileSync(file, 'utf8').normalize('NFC')) {
    if (/\P{ASCII}/u.test(character)) characters.set(character, file);
  }
}

/** The 5,401 common characters of Big5, the code of Taiwan; simplified forms stand among the rare ones, or not at all. */
function big5(): ReadonlySet<string> {
  const decoder = new TextDecoder('big5');
  const known = new Set<string>();
  for (let lead = 0xa1; lead <= 0xc6; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      for (const character of decoder.decode(Uint8Array.of(lead, trail))) known.add(character);
    }
  }
  return known;
}

describe('characters of the Chinese that readers are shown', () => {
  it('are many, and from every catalogue', () => {
    expect(characters.size).toBeGreaterThan(500);
  });

  it('have a glyph each in the font that printed reports carry', () => {
    const missing = [...characters].filter(
      ([character]) => printable(character) !== character && !/\p{Zs}/u.test(character),
    );
    expect(missing).toEqual([]);
  });

  it('are those of Taiwan: none is of the simplified script alone', () => {
    const known = big5();
    expect(known.has('體') && known.has('門') && !known.has('门') && !known.has('体')).toBe(true);
    const foreign = [...characters].filter(
      ([character]) => /\p{Script=Han}/u.test(character) && !known.has(character),
    );
    expect(foreign).toEqual([]);
  });
});
