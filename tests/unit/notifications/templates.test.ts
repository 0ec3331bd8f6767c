import { describe, expect, it } from 'vitest';
import { notificationEvent } from '../../../contracts/notification.ts';
import type { NotificationEvent } from '../../../contracts/notification.ts';
import { composeMessage } from '../../../notifications/templates/compose.ts';
import { renderEmail } from '../../../notifications/templates/email.ts';
import { clip, formatMilliseconds, formatNumber } from '../../../notifications/templates/format.ts';
import { renderSlack } from '../../../notifications/templates/slack.ts';
import type { SlackBlock } from '../../../notifications/templates/slack.ts';
import { renderText } from '../../../notifications/templates/text.ts';
import { sampleDrafts, sampleEvent, sampleKinds } from './sample-events.ts';

function blockTexts(block: SlackBlock): string[] {
  if (block.type === 'divider') return [];
  if (block.type === 'context') return block.elements.map(({ text }) => text);
  return 'fields' in block ? block.fields.map(({ text }) => text) : [block.text.text];
}

const slackText = (event: NotificationEvent) =>
  renderSlack(composeMessage(event)).blocks.flatMap(blockTexts).join('\n');
const plainText = (event: NotificationEvent) => renderText(composeMessage(event));
const html = (event: NotificationEvent) => renderEmail(composeMessage(event)).html;

describe.each(sampleKinds)('a message about %s', (kind) => {
  const event = sampleEvent(kind);
  const message = composeMessage(event);

  it('says on its first line which model and what happened, and on its second what is needed', () => {
    const [first, second] = renderText(message).split('\n');
    expect(first).toBe(`[${event.severity}] ${message.headline}`);
    expect(first).toContain('tw-alpha');
    expect(second).toBe(message.needed);
    expect(message.needed.length).toBeGreaterThan(20);
  });

  it('names model, as-of, correlation id and key in every channel', () => {
    for (const text of [slackText(event), plainText(event), html(event)]) {
      for (const part of ['tw-alpha', '2024-03-01 19:00 UTC', event.correlationId, event.dedupeKey]) {
        expect(text).toContain(part);
      }
    }
  });

  it('shows every command to paste, whole, in every channel', () => {
    expect(message.actions.length).toBeGreaterThan(0);
    for (const { command } of message.actions) {
      expect(command).toMatch(/^npm run contender -- [a-z]+ /u);
      expect(plainText(event)).toContain(command);
      expect(slackText(event)).toContain(`\`\`\`${command}\`\`\``);
      expect(html(event)).toContain(command.replaceAll('"', '&quot;'));
    }
  });

  it('links to the Temporal UI', () => {
    const url = event.temporalUrl ?? 'missing';
    expect(slackText(event)).toContain(`<${url}|Open in the Temporal UI>`);
    expect(plainText(event)).toContain(url);
    expect(html(event)).toContain(`<a href="${url}"`);
  });

  it('gives the same bytes for the same event', () => {
    const again = composeMessage(sampleEvent(kind));
    expect(renderSlack(again)).toEqual(renderSlack(message));
    expect(renderEmail(again)).toEqual(renderEmail(message));
  });

  it('has a Slack fallback with what happened and what is needed', () => {
    const { text } = renderSlack(message);
    expect(text).toContain(message.headline);
    expect(text.length).toBeGreaterThan(message.headline.length + 20);
  });
});

describe('what a reader needs to act', () => {
  it('puts the failed gate with number and threshold before the passed ones', () => {
    const text = plainText(sampleEvent('retrain-refused'));
    expect(text).toContain('FAIL dsr 0.9124 (needs ≥ 0.95): 48 distinct recipes');
    expect(text).toContain('INCONCLUSIVE pbo not measured (needs ≤ 0.2)');
    expect(text).toContain('PASS latency 3.25 (needs ≤ 50) [reported only]');
    expect(text.indexOf('FAIL dsr')).toBeLessThan(text.indexOf('INCONCLUSIVE pbo'));
    expect(text.indexOf('INCONCLUSIVE pbo')).toBeLessThan(text.indexOf('PASS spa'));
    expect(text).toContain('2 enforced gates not passed');
  });

  it('says who may not sign, until when, and over which evidence', () => {
    const text = plainText(sampleEvent('approval-asked'));
    expect(text).toContain('One quant lead other than alice and the last author of the spec');
    expect(text).toContain('before 2024-03-15 05:30 UTC (after session 2024-03-15)');
    expect(text).toContain('e'.repeat(64));
    expect(text).toContain('version 4, to replace version 3');
  });

  it('says what its spec loosens against the champion’s, and nothing where nobody compared them', () => {
    const asked = (loosened: readonly string[] | null): string =>
      plainText(
        notificationEvent({ ...sampleDrafts['approval-asked'], loosened: loosened as string[] | null }),
      );
    expect(asked([])).toContain("Looser than the champion's spec: none");
    expect(asked(['gates.dsrMin', 'gates.modes'])).toContain("champion's spec: gates.dsrMin, gates.modes");
    expect(asked(null)).not.toContain('Looser than');
    expect(() => asked(['gates.dsrMin\nApproved'])).toThrow();
  });

  it('says plainly that a first champion replaces nobody and a probation is one', () => {
    const text = plainText(
      notificationEvent({
        ...sampleDrafts['approval-asked'],
        champion: null,
        admission: 'probation',
        approvers: 2,
      }),
    );
    expect(text).toContain('version 4 on probation, as the first champion');
    expect(text).toContain('2 quant leads');
  });

  it('says every way in which a retrain can end without promotion', () => {
    const headline = (outcome: 'refused' | 'rejected' | 'expired' | 'superseded' | 'cancelled' | 'judged') =>
      composeMessage(notificationEvent({ ...sampleDrafts['retrain-refused'], outcome, verdicts: [] }))
        .headline;
    expect(headline('refused')).toBe('tw-alpha: retrain was refused at step judge');
    expect(headline('rejected')).toContain('rejected by a quant lead');
    expect(headline('expired')).toContain('expired without approval');
    expect(headline('superseded')).toContain('superseded by an emergency retrain');
    expect(headline('cancelled')).toContain('cancelled');
    expect(headline('judged')).toContain('judged and stopped, as its spec says');
  });

  it('does without what the session clock or the monitor cannot say', () => {
    const asked = notificationEvent({ ...sampleDrafts['approval-asked'], expiresAfterSession: null });
    expect(plainText(asked)).toContain('before 2024-03-15 05:30 UTC.');
    const expiring = {
      ...sampleDrafts['approval-expiring'],
      remainingSessions: null,
      expiresAfterSession: null,
    };
    expect(plainText(notificationEvent(expiring))).toContain('expires at 2024-03-15 05:30 UTC');
    const alarm = notificationEvent({ ...sampleDrafts.alarm, number: null, threshold: null });
    expect(plainText(alarm)).toContain('not measured');
    expect(plainText(alarm)).not.toContain('Healthy when');
  });

  it('says who the deputy is, from when, and that they are asked now', () => {
    const deputy = { subject: 'dora', from: '2024-03-13T05:30:00.000Z' };
    const asked = plainText(notificationEvent({ ...sampleDrafts['approval-asked'], deputy }));
    expect(asked).toContain('dora, from 2024-03-13 05:30 UTC');
    const now = notificationEvent({ ...sampleDrafts['approval-expiring'], deputy: 'dora' });
    expect(plainText(now)).toContain('2 quant leads, or dora as deputy, must still approve or reject');
    expect(composeMessage(now, { language: 'zh-TW', dashboardUrl: null }).needed).toContain('代理人 dora');
    expect(now.dedupeKey).not.toBe(sampleEvent('approval-expiring').dedupeKey);
  });

  it('says in its first line that a market is replayed, and keeps its dates apart from the deadline', () => {
    const replayed = { marketAt: '2019-07-05T05:30:00.000Z' };
    const asked = notificationEvent({ ...sampleDrafts['approval-asked'], ...replayed });
    expect(composeMessage(asked).headline).toContain('(replay of 2019-07-05)');
    expect(plainText(asked)).toContain(
      'history is played again as of 2019-07-05 05:30 UTC, not today; the deadline alone is in real time',
    );
    const chinese = composeMessage(asked, { language: 'zh-TW', dashboardUrl: null });
    expect(chinese.headline).toContain('（重播 2019-07-05 的市場）');
    expect(renderText(chinese)).toContain('只有期限依實際時間');
    expect(plainText(sampleEvent('approval-asked'))).not.toMatch(/replay/iu);
  });

  it('counts the signatures that are still missing', () => {
    const text = plainText(notificationEvent({ ...sampleDrafts['approval-expiring'], approvals: 1 }));
    expect(text).toContain('expires in 1 session');
    expect(text).toContain('One quant lead must still approve or reject');
  });

  it('gives epoch, servers and time of a swap, and names the servers that are missing', () => {
    expect(plainText(sampleEvent('swapped'))).toContain('2 servers acknowledged in 412 ms');
    const partial = plainText(sampleEvent('swap-partial'));
    expect(partial).toContain('1 server did not acknowledge epoch 8');
    expect(partial).toContain('serve-2 (epoch 7)');
    expect(partial).toContain('They keep answering with their last acknowledged champion.');
  });

  it('keeps a long list of servers short and its count exact', () => {
    const acknowledged = Array.from({ length: 40 }, (_, index) => ({
      server: `serve-${String(index)}`,
      epoch: 8,
    }));
    const text = plainText(notificationEvent({ ...sampleDrafts.swapped, acknowledged }));
    expect(text).toContain('40 servers acknowledged');
    expect(text).toContain('and 28 more');
  });

  it('does not pretend to know acknowledgements that have not come', () => {
    const silent = { acknowledged: [], tookMs: 0 };
    for (const text of [
      plainText(notificationEvent({ ...sampleDrafts.swapped, ...silent })),
      plainText(notificationEvent({ ...sampleDrafts['rolled-back'], ...silent })),
    ]) {
      expect(text).toContain('Acknowledgements were not known when this was written');
      expect(text).not.toContain('0 ms');
      expect(text).not.toContain('0 servers');
      expect(text).not.toContain('No action is needed');
    }
  });

  it('gives reason, cause and time of a rollback', () => {
    const text = plainText(sampleEvent('rolled-back'));
    expect(text).toContain('rolled back to version 3 by the guard in 731 ms (epoch 9)');
    expect(text).toContain('| three measurements in a row');
  });

  it('gives step, code, reason and remedy of a failure', () => {
    const text = plainText(sampleEvent('failed'));
    expect(text).toContain('failed at step train with AllTrialsFailed');
    expect(text).toContain('| 12 of 12 trials failed');
    expect(text).toContain('| Look at the label coverage');
  });

  it('gives the statistic of an alarm beside its bound and what has been started', () => {
    const text = plainText(sampleEvent('alarm'));
    expect(text).toContain('mean daily rank IC over 60 sessions: -0.0081');
    expect(text).toContain('≥ 0.005');
    expect(text).toContain('Already started: emergency retrain');
  });
});

describe('text that somebody else wrote', () => {
  const hostile =
    'ok <!channel> <https://evil.example|click> & "quotes" <script>alert(1)</script>\r\nBcc: x@y\n`rm`';
  const event = notificationEvent({ ...sampleDrafts['rolled-back'], reason: hostile });

  it('mentions nobody and links nowhere in Slack', () => {
    const message = renderSlack(composeMessage(event));
    const section = message.blocks.find((block) => blockTexts(block).join('').includes('evil.example'));
    expect(section).toMatchObject({ type: 'section', text: { type: 'plain_text', emoji: false } });
    expect(slackText(event)).toContain('&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp;');
  });

  it('is not markup in the HTML of a mail', () => {
    expect(html(event)).not.toContain('<script');
    expect(html(event)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('never reaches a header', () => {
    const { subject } = renderEmail(composeMessage(event));
    expect(subject).toBe('[ERROR] tw-alpha: rolled back to version 3 by the guard in 731 ms (epoch 9)');
  });

  it('cannot pass for a line of ours in plain text', () => {
    expect(plainText(event)).toContain('\n| Bcc: x@y\n| `rm`');
  });
});

describe('formats', () => {
  it.each([
    [0, '0'],
    [0.05, '0.05'],
    [0.9124, '0.9124'],
    [-0.0081, '-0.0081'],
    [12345.6, '12346'],
    [1e-7, '1.00e-7'],
    [null, 'not measured'],
    [Number.NaN, 'not measured'],
  ])('writes %s as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it.each([
    [0.4, '0 ms'],
    [412, '412 ms'],
    [3200, '3.2 s'],
    [200_000, '3 min 20 s'],
  ])('writes %s milliseconds as %s', (value, text) => {
    expect(formatMilliseconds(value)).toBe(text);
  });

  it('cuts long text without halving a character', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdefg', 6)).toBe('abcde…');
    expect(clip('abcd😀fg', 6)).toBe('abcd…');
  });
});
