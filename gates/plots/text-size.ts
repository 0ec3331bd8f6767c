/** Letters of an unknown sans-serif: an estimate that is seldom too small. A Chinese character is as wide as it is high. */
const LATIN = 0.57;
const WIDE = /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;

/** Width of a line of text in the unit of its size. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? size : LATIN * size;
  return width;
}

/** Pieces between which a line may end: words with their space, and each Chinese character with what must not begin a line. */
const PIECES =
  /[\u2e80-\u9fff\uf900-\ufaff（「][，。：；、！？）」]*|[^\s\u2e80-\u9fff\uf900-\ufaff（「]+[，。：；、！？）」]*\s*|\s+/gu;

/** The text in lines of at most `width`; a word that is wider stands on a line of its own. */
export function wrapped(text: string, size: number, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(PIECES)) {
    if (line !== '' && textWidth((line + piece).trimEnd(), size) > width) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return [...lines, line.trimEnd()].filter((one) => one !== '');
}
