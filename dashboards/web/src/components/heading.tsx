import { useEffect } from 'react';
import type { ReactNode } from 'react';

/** The heading of a page, which is also what tabs, histories and bookmarks of the browser call it. */
export function Heading({
  title,
  children,
}: {
  readonly title: string;
  /** What stands there when that is more than the title. */
  readonly children?: ReactNode;
}): ReactNode {
  useEffect(() => {
    document.title = `${title} · Contender`;
  }, [title]);
  return <h1>{children ?? title}</h1>;
}
