/** Texts of the decision in short and of the questions that gates ask, in English. */
export const enDecision = {
  'approval.half-life':
    'Half-life of the rank IC: {sessions} sessions (95 %: {low} to {high}), fitted to the IC by horizon',
  'approval.half-life.unknown': 'Half-life of the rank IC: not identified, {reason}',
  'list.and': ', ',
  'short.title': 'The decision in short',
  'short.changes': 'What changes?',
  'short.sure': 'How sure is it?',
  'short.wrong': 'What could go wrong?',
  'short.next': 'What happens on “Approve”?',
  'short.decide': 'To the decision',
  'short.contents': 'On this page',

  'short.instead': 'Version {version} answers instead of version {champion}, champion since {since}.',
  'short.first': 'Version {version} becomes the first champion of {model}; nothing answers now.',
  'short.probation': 'It is taken on probation: a gate that it did not pass is accepted by two quant leads.',
  'short.route.first': 'There is no champion to compare with: it was judged against holding nothing.',
  'short.route.new-recipe': 'It is a new recipe, and had to be better than the champion’s.',
  'short.route.refresh':
    'It is the champion’s recipe trained again on newer data, and had to be no worse; it need not be better.',
  'short.book': 'In the book {entering} names enter, {leaving} leave and {kept} stay: {share} is renewed.',
  'short.book.of':
    'In the book {entering} names enter, {leaving} leave and {kept} stay: {share} is renewed, {notional} of {capital} in the market’s currency.',
  'short.same-rules': 'The rules under which it was made (its spec) are those of the champion.',
  'short.other-rules':
    'The rules under which it was made (its spec) differ from the champion’s in {count, plural, one {# field} other {# fields}}: {fields}.',
  'short.loosened': 'Loosened for this model: {fields}; agreed to by {person}.',

  'short.no-gates': 'The gates left no report.',
  'short.all-gates': 'All {count} gates that count passed.',
  'short.some-gates': '{passed} of the {count} gates that count passed.',
  'short.waived': 'Accepted by two quant leads although it did not pass: {gates}.',
  'short.nearest': 'The closest call: {gate}, {number} where {bound} is asked for (margin {margin}).',
  'short.tested':
    'On {count} sessions it had not learned from ({first} to {last}), after costs: {return} a year, Sharpe ratio {sharpe}.',
  'short.tested.beside':
    'On {count} sessions it had not learned from ({first} to {last}), after costs: {return} a year, Sharpe ratio {sharpe}; the champion’s recipe {other}.',
  'short.no-worse':
    'Beside the champion as it answers today, on {count} sessions neither has learned from, its Sharpe ratio differs by {difference}. Allowing for chance, by at least {least}; no less than {allowed} was asked for.',
  'short.luck':
    'Luck: {count, plural, one {# recipe was} other {# recipes were}} ever tried. With all of them counted, the chance that its Sharpe ratio is more than luck is {dsr}.',
  'short.overfitted':
    'Overfitting: the recipe chosen on one half of the sessions fell behind on the other in {count} of {splits} ways to halve them.',

  'short.fall': 'Its largest fall in the test was {own} (benchmark {other}); a larger one can come.',
  'short.fall.alone': 'Its largest fall in the test was {own}; a larger one can come.',
  'short.shadow.alone':
    'It ran in the shadow for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it earns anything.',
  'approval.effect.first':
    'With the last signature the version answers as epoch {epoch} on every server at the next swap window. Nothing answers before, so there is nothing to roll back to.',
  'short.shadow':
    'It ran beside the champion for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it is better: only a Sharpe difference of {least} or more would have been noticed.',
  'short.shadow.blind':
    'It ran beside the champion for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it is better: no difference could have been noticed.',
  'short.no-shadow': 'It never ran beside the champion: there was no shadow.',
  'short.advice': 'Not passed, among the checks that are only reported: {gates}.',
  'short.not-live': 'All of this is history and paper. It has not decided a trade yet.',

  'short.last-signature':
    'Yours is the last signature: version {version} answers on every server as epoch {epoch}, from the next swap window on.',
  'short.one-of':
    '{missing, plural, one {# signature is} other {# signatures are}} missing. Version {version} answers after the last of them, not after yours.',
  'short.way-back':
    'The way back: version {champion} stays loaded, and “Roll back” at the top of every page returns to it.',
  'short.guard':
    'The guard watches it for {count, plural, one {# session} other {# sessions}} and rolls back by itself when its bounds are crossed.',
  'short.no-guard':
    'Nothing rolls back by itself: this model’s guard only tells people (guard.autoRollback).',
  'short.no-way-back': 'The way back: there is no earlier version. A freeze, or “halt”, stops its use.',
  'short.reject': '“Reject” ends this retrain; version {champion} goes on.',
  'short.reject.first': '“Reject” ends this retrain; there is still no champion.',
  'short.expires': 'Without a decision by {at} (Taipei time) it ends without promotion, as if rejected.',

  'benchmark.none': 'No position',
  'benchmark.recipe': 'Champion’s recipe',
  'approval.same-recipe':
    'A refresh has the champion’s recipe: on the past the two are one and the same. What is new is the fit on later data, which the gate “Non-inferiority” compares with the champion as it answers today.',
  'approval.plan-back.manual':
    'If it goes wrong: the button at the top of every page takes it back by hand. The guard of this model only tells people (guard.autoRollback is off).',
  'figure.scroll': 'Wider than the screen: scroll sideways for the rest.',
  'figure.none': 'No figures were recorded.',
  'foot.zone': 'Times are in Taipei time; those of a model in the time of its market',

  'gate.asks.leak': 'Does any feature value come from the future?',
  'gate.asks.coverage': 'Does nearly every member row have a bar?',
  'gate.asks.schema': 'Are the rows what their manifest says?',
  'gate.asks.parity': 'Does serving give the scores of training, bit for bit?',
  'gate.asks.latency': 'Is one universe scored in time?',
  'gate.asks.resources': 'Does the model fit into a server beside two others?',
  'gate.asks.final-fit': 'Does the final fit rank names as the judged folds did?',
  'gate.asks.rank-ic': 'Do predictions order later returns at all?',
  'gate.asks.spa': 'Is the best of all recipes better by more than the luck of choosing it?',
  'gate.asks.stepm': 'Is the promoted recipe itself among those that are?',
  'gate.asks.dsr': 'Does its Sharpe ratio survive the number of recipes ever tried?',
  'gate.asks.pbo': 'How often does the winner of one half of the sessions fall behind in the other?',
  'gate.asks.sharpe-improvement': 'Is it better than the champion’s recipe by enough to act on?',
  'gate.asks.non-inferiority': 'Is a refresh no worse than the champion as it answers today?',
  'gate.asks.drawdown': 'Is the worst fall near the champion’s?',
  'gate.asks.turnover': 'Does it trade no more than its hold explains?',
  'gate.asks.cost-cover': 'How many times over does the gross return pay the costs?',
  'gate.asks.position-concentration': 'Does no single name carry the book?',
  'gate.asks.sector-concentration': 'Does no single sector carry the book?',
  'gate.asks.feasibility': 'Could its trades have been made: no price limit, enough volume?',
  'gate.asks.recovery': 'Does the recipe work on the sessions since the champion decayed?',
  'gate.asks.capacity': 'Are its trades small beside what the names trade, for a book of the stated size?',
} as const satisfies Readonly<Record<string, string>>;
