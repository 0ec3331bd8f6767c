/** One report of an alert, as it was recorded. Times in milliseconds. */
export interface Report {
  readonly alertId: number;
  readonly startsMs: number;
  /** null: it fires. */
  readonly endsMs: number | null;
}

/** An alert from its start to its end. */
export interface Episode {
  /** null: not stored yet. */
  readonly id: number | null;
  readonly startedMs: number;
  /** null: it fires. */
  readonly endedMs: number | null;
  readonly reports: number;
  readonly lastReportedMs: number;
  readonly lastAlertId: number;
}

/**
 * What a report does to the alert of its labels: it starts one, goes on with it, or ends it. The end of what does not fire
 * is nothing: null.
 */
export function afterReport(current: Episode | null, report: Report, nowMs: number): Episode | null {
  const ended = report.endsMs !== null && report.endsMs <= nowMs;
  if (current === null || current.endedMs !== null) {
    if (ended) return current;
    return {
      id: null,
      startedMs: report.startsMs,
      endedMs: null,
      reports: 1,
      lastReportedMs: nowMs,
      lastAlertId: report.alertId,
    };
  }
  return {
    ...current,
    endedMs: ended ? Math.max(report.endsMs, current.startedMs) : null,
    reports: current.reports + 1,
    lastReportedMs: nowMs,
    lastAlertId: report.alertId,
  };
}
