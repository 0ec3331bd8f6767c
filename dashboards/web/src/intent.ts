import { useRef } from 'react';
import { intentKey } from './api/client.ts';

/**
 * One key for each thing that a person wants on this page, by what it is. The same wish has the same key, so that a second click,
 * or a repetition after a lost answer, has no second effect; another wish has another.
 */
export function useIntent(): (what: string) => string {
  const keys = useRef(new Map<string, string>());
  return (what) => {
    const known = keys.current.get(what);
    if (known !== undefined) return known;
    const made = intentKey();
    keys.current.set(what, made);
    return made;
  };
}
