import type { ReactNode } from 'react';

/** A runbook as a page: its headings, paragraphs and commands. Runbooks hold nothing else, and are written in English. */
export function RunbookText({ text }: { readonly text: string }): ReactNode {
  const parts = text.split(/\n{2,}/u).map((part) => part.trim());
  return (
    <div lang="en" className="runbook">
      {parts
        .filter((part) => part !== '' && !part.startsWith('# '))
        .map((part, index) => (
          <Part key={`${String(index)} ${part.slice(0, 20)}`} part={part} />
        ))}
    </div>
  );
}

function Part({ part }: { readonly part: string }): ReactNode {
  if (part.startsWith('#')) return <h3>{part.replace(/^#+ /u, '')}</h3>;
  return <p className="pre">{inline(part)}</p>;
}

/** Commands as code, and links by their words: a runbook leads to no other page of the dashboard. */
function inline(text: string): readonly ReactNode[] {
  return text
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/gu, '$1')
    .split(/(`[^`]+`)/u)
    .map((piece, index) =>
      piece.startsWith('`') ? <code key={`${String(index)} ${piece}`}>{piece.slice(1, -1)}</code> : piece,
    );
}
