import type { ReignRecord } from '../registry/champions.ts';
import type { GuardMeasurement } from '../registry/guard-measurements.ts';
import type { SwapStatus } from '../registry/servers.ts';
import type { Language, ReportDocument } from './document.ts';
import { regulatoryBlocks } from './regulatory.ts';
import type { MarketFacts, PositionChange } from './regulatory.ts';
import { reportTexts } from './texts.ts';

export interface AuditLine {
  readonly recordedAt: string;
  readonly actor: string;
  readonly command: string;
}

export interface IncidentReportInput {
  readonly language: Language;
  readonly timeZone: string;
  /** The reign that a rollback opened. */
  readonly reign: ReignRecord;
  /** The market's time of it where that is not the wall's, as in a replay; null: it is. */
  readonly marketAt: string | null;
  /** Hash of what was signed for the promotion that was taken back; null: nothing was. */
  readonly promotedBy: string | null;
  readonly servers: SwapStatus;
  /** Of the reign that was ended, oldest first. */
  readonly measurements: readonly GuardMeasurement[];
  readonly marketFacts: MarketFacts;
  /** What the promotion that was taken back had changed in the book; null: not recorded. */
  readonly positions: PositionChange | null;
  /** Audit rows of the model around it, oldest first. */
  readonly timeline: readonly AuditLine[];
}

/** Why a champion was taken back, by whom, and whether everybody followed. */
export function incidentReport(input: IncidentReportInput): ReportDocument {
  const t = reportTexts(input.language, input.timeZone);
  const { reign, servers, measurements, timeline } = input;
  const leased = servers.acknowledged.length + servers.missing.length;
  return {
    language: input.language,
    title: t.pair(t.say('incidentTitle'), reign.model),
    subtitle: `${t.say('epoch')} ${String(reign.epoch)} · ${t.instant(reign.recordedAt)}`,
    blocks: [
      {
        kind: 'facts',
        facts: [
          [t.say('rolledBackFrom'), reign.fromVersion === null ? t.say('none') : String(reign.fromVersion)],
          [t.say('rolledBackTo'), String(reign.version)],
          [t.say('by'), reign.actor],
          [t.say('reason'), t.said(reign.reason, reign.actor)],
          [t.say('time'), t.instant(reign.recordedAt)],
          ...(input.marketAt === null ? [] : [[t.say('marketTime'), t.instant(input.marketAt)] as const]),
          [
            t.say('acknowledged'),
            leased === 0 ? t.say('noServers') : `${String(servers.acknowledged.length)} / ${String(leased)}`,
          ],
        ],
      },
      { kind: 'heading', text: t.say('measurements') },
      measurements.length === 0
        ? { kind: 'paragraph', text: t.say('nothing') }
        : {
            kind: 'table',
            head: [t.say('session'), t.say('verdict'), t.say('number'), t.say('bound'), t.say('reason')],
            widths: [0.15, 0.13, 0.12, 0.12, 0.48],
            rows: measurements.map((one) => [
              one.session,
              t.name(one.verdict),
              one.number === null ? '–' : t.number(one.number),
              one.threshold === null ? '–' : t.number(one.threshold),
              t.told(one.reason),
            ]),
          },
      ...regulatoryBlocks(
        input.marketFacts,
        { change: input.positions, label: 'positionsBefore' },
        'settlementFirst',
        t,
      ),
      { kind: 'heading', text: t.say('timeline') },
      {
        kind: 'table',
        head: [t.say('time'), t.say('who'), t.say('command')],
        widths: [0.3, 0.3, 0.4],
        rows: timeline.map(({ recordedAt, actor, command }) => [
          t.instant(recordedAt),
          actor,
          t.name(command),
        ]),
      },
    ],
    provenance: t.source([input.promotedBy, reign.decisionHash].filter((hash) => hash !== null)),
  };
}
