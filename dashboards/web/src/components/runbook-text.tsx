import type { ReactNode } from 'react';

/** A runbook as a page: its headings, paragraphs and commands. Runbooks hold nothing else. */
export function RunbookText({
  text,
  language,
}: {
  readonly text: string;
  readonly language: 'en' | 'zh-TW';
}): ReactNode {
  const parts = text.split(/\n{2,}/u).map((part) => part.trim());
  return (
    <div lang={language === 'en' ? 'en' : 'zh-Hant-TW'} className="runbook">
      {parts
        .filter((part) => part !== '' && !part.startsWith('# '))
        .map((part, index) => (
          <Part key={`${String(index)} ${part.slice(0, 20)}`} part={part} />
        ))}
    </div>
  );
}

function Part({ part }: { readonly part: string }): ReactNode {
  if (part.startsWith('```')) {
    return (
      <pre>
        <code>{part.replaceAll(/^```\w*\n|\n```$/gu, '')}</code>
      </pre>
    );
  }
  if (part.startsWith('|')) return <Table rows={part.split('\n')} />;
  if (part.startsWith('#')) return <h3>{part.replace(/^#+ /u, '')}</h3>;
  return <p className="pre">{inline(part)}</p>;
}

/** Of Markdown: the second row is the line below the head. */
function Table({ rows }: { readonly rows: readonly string[] }): ReactNode {
  const [head = [], ...body] = rows
    .filter((_, index) => index !== 1)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th key={cell} scope="col">
                {inline(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((cells) => (
            <tr key={cells.join(' ')}>
              {cells.map((cell) => (
                <td key={cell}>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
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
