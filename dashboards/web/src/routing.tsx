import { useSyncExternalStore } from 'react';
import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';

export { match, paths } from './addresses.ts';

const CHANGED = 'contender:navigated';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** Path and search of the address bar; whoever uses it is drawn again when it changes. */
export function useAddress(): { readonly path: string; readonly search: URLSearchParams } {
  const href = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  const url = new URL(href, window.location.origin);
  return { path: url.pathname, search: url.searchParams };
}

/** `stay`: within the page, which does not move. */
export function navigate(
  to: string,
  { replace = false, stay = false }: { readonly replace?: boolean; readonly stay?: boolean } = {},
): void {
  if (replace) window.history.replaceState(null, '', to);
  else window.history.pushState(null, '', to);
  window.dispatchEvent(new Event(CHANGED));
  if (!replace && !stay) window.scrollTo(0, 0);
}

type ChangeSearch = (changes: Readonly<Record<string, string>>, how?: { readonly replace: boolean }) => void;

/**
 * What stands behind the `?` of the address, and how to change it: an empty text takes a name out. The page stays where it is; a
 * step that can be taken back, unless it replaces the last one (every letter that is typed would be a step).
 */
export function useSearch(): readonly [URLSearchParams, ChangeSearch] {
  const { search } = useAddress();
  return [search, changeSearch];
}

const changeSearch: ChangeSearch = (changes, { replace } = { replace: false }) => {
  const { pathname, search } = window.location;
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  const query = next.toString();
  navigate(query === '' ? pathname : `${pathname}?${query}`, { replace, stay: true });
};

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string;
  readonly children: ReactNode;
}

/** A link within the pages: opens in place, and like any link with a modifier key or the middle button. */
export function Link({ to, children, onClick, ...rest }: LinkProps): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
