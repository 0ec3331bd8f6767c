/** Not sentences of the record: notes for whoever reads Temporal, commands, markup of the English gate page. */
export const OTHERS: readonly RegExp[] = [
  /^api\/slack\/slack\.ts .(?:a decision from|Slack could not|a message in Slack|an objection is no|an answer was to|Slack answered)/u,
  /npm run contender|`evidence-\$\{measure\}`/u,
  /^activities\/reign-measure\.ts .(?:none yet|\$\{guarded\})/u,
  /^activities\/challengers\.ts .(?:scored before|challenger version)/u,
  /^activities\/watch\.ts 'no baseline'/u,
  /^gates\/plots\/gate-page\.ts .(?:<| <|\n|reported only|Equity out of sample)/u,
  /^workflows\/guard-champion\.ts .(?:next session|the replayed market|no previous version|previous version)/u,
];

/**
 * What an expression puts into a sentence where its text does not say: words of a part that stands elsewhere in the file.
 * The sentence must be told with each of them.
 */
export const VALUES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'api/slack/answers.ts': {
    effect: ['the swap is held', 'epoch 7 goes on answering'],
    given: ['1 of 2 people'],
  },
  'api/slack/acknowledge.ts': { numbers: ['17', '17, 18'], others: ['lee', 'kim, lee'] },
  'api/slack/slack.ts': {
    fault: ['says why, in three letters at least', 'Too big: expected string to have <=2000 characters'],
  },
  'activities/alerting.ts': { what: ['live results', 'predictions'] },
  'evaluation/paired-rows.ts': { who: ['challenger', 'champion'] },
  'evaluation/power-card.ts': {
    'points(mean)': ['1.2'],
    'points(deviation)': ['40.1'],
    'points(daily)': ['54.6'],
    least: ['only a lead of 24.1 or more in annualised Sharpe ratio', 'no lead of any size'],
    "needed === null ? 'more than a million' : String(needed)": ['more than a million', '389'],
  },
  'evaluation/shadow-bounds.ts': { over: ['over 17 sessions, bound'] },
  'extraction/validate.ts': {
    'nameAt(rows, infinite)': ['momentum_60 of row 17'],
    what: ['none leaks', 'momentum_60 of 2330 on 2019-05-02 leaks'],
  },
  'gates/business.ts': { what: ['name', 'sector'] },
  'gates/cautions/too-good.ts': { about: ['PBO 0.021 among 17 trials, worth 9.5 independent ones'] },
  'gates/closeness.ts': {
    gate: ['rank-ic', 'spa', 'dsr', 'non-inferiority'],
    bound: ['> 0.01'],
    'distanceText(closeness)': ['1.3 standard errors', 'at least 2.7 standard errors'],
  },
  'gates/operational.ts': {
    found: ['no value from the future', '3 rows with values from the future'],
    differ: ['every score equal', '3 scores differ'],
  },
  'gates/overfitting.ts': { 'besides(input)': ['', ', 7 of them out of 17 ledger recipes'] },
  'gates/safety.ts': {
    what: [
      'sessions with a rank IC',
      "paired sessions after the champion's last label and embargo",
      'sessions paired with no position',
    ],
  },
  'gates/superiority.ts': {
    recipes: ['17 recipes', '1 recipe'],
    'replicatesText(result)': ['10,000 replicates, mean block 5 sessions'],
    'levelReason(input)': ['', '; the level is that of test 3 of the error budget'],
    "upper < alpha ? '<' : lower >= alpha ? '>=' : 'against'": ['<', '>=', 'against'],
  },
  'monitoring/comparison/comparison-reading.ts': {
    opponent: ['previous', 'universe', 'frozen'],
    what: ['better', 'worse'],
    name: ['rank IC', 'net returns'],
  },
  'monitoring/comparison/guard-decision.ts': { measure: ['returns', 'ic'] },
  'monitoring/decay-decision.ts': {
    holding: ['holding is expected to lose 3.1 bp of the book in 17 sessions'],
    retraining: ['retraining to cost 2.4 bp of the book'],
    'diagnosis.cause': ['data-fault', 'parity-break', 'bug'],
  },
  'monitoring/decay-outlook.ts': {
    seen: [
      'fewer than half of full decays are ever seen',
      'a full decay is seen after 17 sessions in half of the cases',
      'a full decay is seen after 17 sessions in half of the cases, after 71 in nine of ten',
    ],
  },
  'stats/series.ts': { type: ['an integer', 'a number'] },
  'workflows/approval-desk.ts': {
    also: ['', '; dora as deputy from 2024-03-13T05:30:00.000Z'],
    got: ['1', '1 of 2'],
  },
  'workflows/gate-desk.ts': {
    also: ['', '; dora as deputy from 2024-03-13T05:30:00.000Z'],
  },
  'workflows/retrain-model.ts': {
    served: ['acknowledged by every server', 'swap partial'],
    gatesWaived: ['', '; gates waived: capacity'],
  },
  'workflows/run-shadow.ts': { place: ['3 of 7'] },
  'workflows/swap-in.ts': {
    'answer.status': ['complete', 'partial'],
    'firstTrades(window)': ['', '; decides from 2024-03-11 on, whose trades are settled on 2024-03-13'],
  },
};

/** Parts of a sentence that is tried whole with the values above. */
export const PARTS: readonly string[] = [
  ...["'the swap is held'", '`epoch ${String(epoch)} goes on answering`'],
  ...[
    "'live results'",
    "'paper returns'",
    "'none leaks'",
    "'recomputed row'",
    "'member row'",
    "'scoring run'",
  ],
  ...[
    "'wanted trade'",
    "'ledger recipe'",
    "'at least '",
    "'previous champion'",
    "'an integer'",
    "'swap partial'",
  ],
  ...["'acknowledged by every server'", "'every score equal'", "'no value from the future'"],
  ...["'candidate minus benchmark'", "'rank IC since the decay began'"],
  "'requested this retrain or wrote its spec; another lead must decide'",
  '`over ${String(netReturns.length)} sessions, bound`',
  "`${counted(leaks, 'row')} with values from the future`",
  "`, ${String(ledger.rescored.length)} of them out of ${counted(ledger.rescorable, 'ledger recipe')}`",
  "`PBO ${figure(pbo, 3)} among ${counted(trials, 'trial')}, worth ${trialsFigure(effective)} independent ones`",
  "`${atLeast ? 'at least ' : ''}${figure(distance, 1)} standard errors`",
  "`${rows.featureNames[cell % rows.featureNames.length] ?? ''} of row ${String(Math.floor(cell / rows.featureNames.length) + 1)}`",
  '`${count(result.replicates)} replicates, mean block ${figure(result.block, 0)} sessions`',
  '`holding is expected to lose ${bps(lossOfHolding)} in ${String(sessions)} sessions`',
  '`retraining to cost ${bps(costOfRetraining)}`',
  '`${(10_000 * share).toFixed(1)} bp of the book`',
  '`, after ${String(ninetyPercent)} in nine of ten`',
  '`; ${deputy.subject} as deputy from ${deputy.from}`',
  '`, limit ${String(timeLimitSeconds)} s an attempt`',
  "`; decides from ${session} on${settlesOn === null ? '' : `, whose trades are settled on ${settlesOn}`}`",
  '`, whose trades are settled on ${settlesOn}`',
];
