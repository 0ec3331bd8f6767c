import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/text.ts';

/** A modal dialogue: the browser keeps the focus inside and closes it with Escape. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const { t } = useI18n();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog ref={box} className="dialog" aria-label={title} onClose={onClose}>
      <header className="card-head">
        <h2>{title}</h2>
        <button
          type="button"
          className="quiet"
          aria-label={t('dialog.close')}
          onClick={() => {
            box.current?.close();
          }}
        >
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
