import { useState } from 'react';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/text.ts';

/** A command to paste into a shell: all of it in sight on the narrowest phone, with a button that takes it as one line. */
export function Command({ text }: { readonly text: string }): ReactNode {
  const { t } = useI18n();
  const [copied, setCopied] = useState(false);
  // Browsers give pages without TLS no clipboard; the line can be selected all the same.
  const clipboard = window.isSecureContext ? navigator.clipboard : null;
  const copy = async (): Promise<void> => {
    try {
      await clipboard?.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <div className="command-box">
      <pre className="command" tabIndex={0} role="region" aria-label={t('command')}>
        <code>{text}</code>
      </pre>
      {clipboard === null ? null : (
        <button type="button" className="quiet" onClick={() => void copy()}>
          <span role="status">{copied ? t('copied') : t('copy')}</span>
        </button>
      )}
    </div>
  );
}
