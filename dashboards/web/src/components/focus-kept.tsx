import { useEffect, useRef } from 'react';
import type { FocusEvent, ReactNode } from 'react';

/**
 * A part of a page whose buttons go away when they were pressed. Whoever pressed one by keyboard stays in this part, instead of
 * being put at the top of the page.
 */
export function FocusKept({ children }: { readonly children: ReactNode }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const within = useRef(false);
  useEffect(() => {
    if (within.current && document.activeElement === document.body)
      place.current?.focus({ preventScroll: true });
  });
  return (
    <div
      ref={place}
      tabIndex={-1}
      className="outcome"
      onFocus={() => {
        within.current = true;
      }}
      onBlur={({ relatedTarget }: FocusEvent) => {
        // What goes away, or dies, leaves the focus to nothing at all.
        if (relatedTarget !== null) within.current = false;
      }}
    >
      {children}
    </div>
  );
}
