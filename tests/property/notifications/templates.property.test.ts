import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotificationEvent, notificationEvent } from '../../../contracts/notification.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';
import { composeMessage } from '../../../notifications/templates/compose.ts';
import { renderEmail } from '../../../notifications/templates/email.ts';
import { renderSlack } from '../../../notifications/templates/slack.ts';
import { sampleDrafts } from '../../unit/notifications/sample-events.ts';

/** Text as a hostile or careless person writes it. */
const freeText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4000 }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        "'",
        '`',
        '*',
        '_',
        '~',
        '|',
        '\r\n',
        '\n',
        '@here',
        '😀',
        'a',
        ' ',
      ),
      {
        minLength: 1,
        maxLength: 1300,
      },
    )
    .map((parts) => parts.join('').slice(0, 4000)),
);

const verdict: fc.Arbitrary<GateVerdict> = fc.record({
  gate: fc.constantFrom('spa', 'dsr', 'pbo', 'drawdown', 'leak'),
  verdict: fc.constantFrom('pass', 'fail', 'inconclusive', 'error'),
  number: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  threshold: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  comparison: fc.constantFrom('>=', '<=', '>', '<', '=='),
  enforced: fc.boolean(),
  reason: freeText.map((text) => text.slice(0, 500)),
  details: fc.constant({}),
});

const event: fc.Arbitrary<NotificationEvent> = fc
  .tuple(
    freeText,
    fc.array(verdict, { maxLength: 40 }),
    fc.constantFrom('INFO', 'WARNING', 'ERROR', 'CRITICAL'),
  )
  .chain(([reason, verdicts, severity]) =>
    fc.constantFrom(
      notificationEvent({ ...sampleDrafts['retrain-refused'], reason, verdicts, severity }),
      notificationEvent({ ...sampleDrafts['rolled-back'], reason, severity }),
      notificationEvent({ ...sampleDrafts.failed, reason, remedy: reason, severity }),
      notificationEvent({ ...sampleDrafts['approval-asked'], verdicts, severity }),
      notificationEvent({ ...sampleDrafts.alarm, reason, severity }),
    ),
  );

interface SlackText {
  readonly type: string;
  readonly text: string;
}

function texts(value: unknown): SlackText[] {
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value !== 'object' || value === null) return [];
  if ('text' in value && typeof value.text === 'string' && 'type' in value) return [value as SlackText];
  return Object.values(value).flatMap(texts);
}

const ENTITY = /&(?:amp|lt|gt);/gu;

describe('whatever somebody writes', () => {
  it('stays within the limits of Block Kit', () => {
    fc.assert(
      fc.property(event, (sample) => {
        const { text, blocks } = renderSlack(composeMessage(sample));
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(text.length).toBeGreaterThan(0);
        for (const block of blocks) {
          const limit = block.type === 'header' ? 150 : 3000;
          for (const part of texts(block)) {
            expect(part.text.length).toBeGreaterThan(0);
            expect(part.text.length).toBeLessThanOrEqual(limit);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leaves no control character of Slack unescaped, but for our own link', () => {
    fc.assert(
      fc.property(event, (sample) => {
        const { text, blocks } = renderSlack(composeMessage(sample));
        const link = `<${sample.temporalUrl ?? ''}|Open in the Temporal UI>`;
        for (const part of [text, ...texts(blocks).map((found) => found.text)]) {
          expect(part.replace(link, '').replace(ENTITY, '')).not.toMatch(/[<>&]/u);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('reaches Slack markup only as a command of ours', () => {
    fc.assert(
      fc.property(event, (sample) => {
        const message = composeMessage(sample);
        const commands = new Set(message.actions.map(({ command }) => command));
        for (const part of texts(renderSlack(message).blocks)) {
          if (part.type !== 'mrkdwn' || part.text.startsWith('<http')) continue;
          const command = /```(.*)```$/u.exec(part.text)?.[1] ?? '';
          expect(
            commands.has(command.replace(/&lt;/gu, '<').replace(/&gt;/gu, '>').replace(/&amp;/gu, '&')),
          ).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('opens no tag in a mail and changes nothing in its subject', () => {
    const calm = new Map<string, string>();
    fc.assert(
      fc.property(event, (sample) => {
        const { html, subject } = renderEmail(composeMessage(sample));
        const tags = new Set(
          [...html.matchAll(/<\/?([a-z!][a-z0-9]*)/giu)].map((match) => match[1]?.toLowerCase()),
        );
        for (const tag of tags) {
          expect(
            [
              '!doctype',
              'html',
              'head',
              'meta',
              'title',
              'body',
              'div',
              'p',
              'h1',
              'table',
              'tr',
              'th',
              'td',
            ].concat(['blockquote', 'pre', 'a', 'br', 'span']),
          ).toContain(tag);
        }
        expect(subject.length).toBeLessThanOrEqual(140);
        expect(subject).not.toMatch(/\p{Cc}/u);
        const stopped = sample.kind === 'retrain-refused' ? sample.verdicts.length : 0;
        if (stopped === 0) {
          const seen = calm.get(`${sample.kind}${sample.severity}`) ?? subject;
          calm.set(`${sample.kind}${sample.severity}`, seen);
          expect(subject).toBe(seen);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is a contract that any JSON store gives back unchanged', () => {
    fc.assert(
      fc.property(event, (sample) => {
        expect(NotificationEvent.parse(JSON.parse(JSON.stringify(sample)))).toEqual(
          JSON.parse(JSON.stringify(sample)),
        );
      }),
      { numRuns: 50 },
    );
  });
});
