/** Keeps a number on one line with its per cent sign, and a bound with its comparison: on a phone, half of one reads as another. */
export const unbroken = (text: string): string =>
  text.replace(/(\d) (?=%)/gu, '$1\u00a0').replace(/([≥≤<>=]) (?=[-\d])/gu, '$1\u00a0');
