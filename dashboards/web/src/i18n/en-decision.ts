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
  'short.look': 'What would a careful colleague point out?',
  'short.next': 'What happens on “Approve”?',
  'short.decide': 'To the decision',
  'short.contents': 'On this page',

  'short.instead': 'Version {version} answers instead of version {champion}, champion since {since}.',
  'short.first': 'Version {version} becomes the first champion of {model}; nothing answers now.',
  'short.probation': 'It is taken on probation: whoever signs accepts a gate that it did not pass.',
  'short.route.first': 'There is no champion to compare with: it was judged against holding nothing.',
  'short.route.new-recipe': 'It is a new recipe, and had to be better than the champion’s.',
  'short.route.refresh':
    'It is the champion’s recipe trained again on newer data, and had to be no worse; it need not be better.',
  'short.route.new-recipe.unasked':
    'It is a new recipe. Its spec never asked it to be better than the champion’s: the gates that compare them are only reported, or off.',
  'short.route.refresh.unasked':
    'Its spec never asked whether it is worse: the gate that compares the candidate with the champion is only reported, or off.',
  'short.book':
    'In the book {entering, plural, one {# name enters} other {# names enter}}, {leaving, plural, one {# leaves} other {# leave}} and {kept} stay: {share} is renewed.',
  'short.book.of':
    'In the book {entering, plural, one {# name enters} other {# names enter}}, {leaving, plural, one {# leaves} other {# leave}} and {kept} stay: {share} is renewed, {notional} of {capital}.',
  'short.same-rules': 'The rules under which it was made (its spec) are those of the champion.',
  'short.other-rules':
    'The rules under which it was made (its spec) differ from the champion’s in {count, plural, one {# field} other {# fields}}: {fields}.',
  'short.names': 'Enter: {entering}. Leave: {leaving}. Stay: {staying}.',
  'short.names.moving': 'Enter: {entering}. Leave: {leaving}.',
  'short.loosened': 'Loosened in the candidate’s spec: {fields}; agreed to by {person}.',
  'short.loosened.champion': 'Looser than in the champion’s spec: {fields}.',
  'short.loosened.none':
    'Nothing is loosened: no gate, bound, cost or approval of the candidate’s spec asks for less than the champion’s did.',

  'short.no-gates': 'The gates left no report.',
  'short.all-gates': 'All {count} gates that count passed.',
  'short.some-gates': '{passed} of the {count} gates that count passed.',
  'short.missed': 'Not passed: {gates}.',
  'short.waived':
    'Waived, {count, plural, one {# gate} other {# gates}}: accepted although not passed, {gates}; by {people}.',
  'short.nearest':
    'Closest to failing, measured in standard errors, among {of, plural, one {# check} other {# checks}} that passed and have an error of their own: {gate}. It would have to come out {distance} standard errors worse to fail, {scale}.',
  'short.nearest.least':
    'The closest call among the checks that chance can move: {gate}, {number} where {bound} is asked for. It would have to come out at least {distance} standard errors worse to fail.',
  'short.nearest.none':
    'None of the checks that passed has an error that could be measured, so none can be called the closest to failing.',
  'short.tested':
    'In the test, {count} sessions that it had not learned from ({first} to {last}), after costs: {return} a year, Sharpe ratio {sharpe}.',
  'short.tested.shared':
    'The recipe, which candidate and champion share, in the test of {count} sessions, all folds ({first} to {last}), after costs: {return} a year, Sharpe ratio {sharpe}. That does not tell the two models apart.',
  'short.tested.beside':
    'In the test, {count} sessions that it had not learned from ({first} to {last}), after costs: {return} a year, Sharpe ratio {sharpe}; the champion’s recipe on the same sessions {otherReturn} and {other}.',
  'short.impact':
    'Every return here is after costs and before market impact. In a book of {capital}, impact and least fees leave of that test ({sessions} sessions) {after} a year, Sharpe ratio {sharpe}.',
  'short.impact.part':
    'Every return here is after costs and before market impact. In a book of {capital}, impact and least fees leave of that test ({sessions} sessions) {after} a year, Sharpe ratio {sharpe}; not counted is the impact on names of unknown traded value, {unknown} of the money traded.',
  'short.impact.none':
    'Every return here is after costs and before market impact. What impact takes from a book of this size was not measured.',
  'short.weighed':
    'The deflated Sharpe ratio of {dsr} (test, {sessions} sessions) does not settle that. It asks whether luck made the number, and takes the count of recipes and the spread of their results as given. A value from the future, a wrong price or a cost left out is no luck, and raises it as well.',
  'short.no-worse':
    'On the {count} sessions after the champion’s last label, each predicted by fits that had not learned from it: {sharpe} ({bound}; no less than {allowed} was asked for).',
  'short.counts':
    'Why the counts of sessions differ: {folds} lie in all test folds of the recipe; {since} came after the champion’s last label: neither the champion nor the test fits that stand for the candidate had learned from them; {shadow} ran in the shadow, after the candidate was made.',
  'short.luck':
    'Luck: {count, plural, one {# recipe was} other {# recipes were}} ever tried. With all of them counted, the chance that its Sharpe ratio over the {sessions} sessions of the test is more than luck is {dsr}.',
  'short.luck.sharpe':
    'The same as Sharpe ratios a year: it shows {own}, and the best of {count, plural, one {# recipe} other {# recipes}} without any skill is expected to show {luck}. The probability that the true Sharpe ratio exceeds {luck} is {dsr}.',
  'short.overfitted':
    'Overfitting: the recipe chosen on one half of the {sessions} sessions of the test fell behind on the other in {count} of {splits} ways to halve them.',

  'short.fall':
    'Its maximum drawdown in the test ({count} sessions, all folds) was {own} (the champion’s recipe {other}); a deeper one can come.',
  'short.fall.alone':
    'Its maximum drawdown in the test ({count} sessions, all folds) was {own}; a deeper one can come.',
  'short.shadow.alone':
    'It ran in the shadow for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it earns anything.',
  'approval.effect.first':
    'With the last signature the candidate answers as epoch {epoch} on every server, at once while a window for swaps is open and else in the next one. Nothing answers before, so there is nothing to roll back to.',
  'short.shadow.money':
    'It ran beside the champion for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it earns more: so short a run notices, four times in five and with {level} % confidence, only a lead of {daily} bp a day or more, {money} a day in a book of {capital}. {sample} {lead}; on an ordinary day the two lie {deviation} bp apart.',
  'short.shadow.daily':
    'It ran beside the champion for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it earns more: so short a run notices, four times in five and with {level} % confidence, only a lead of {daily} bp a day or more. {sample} {lead}; on an ordinary day the two lie {deviation} bp apart.',
  'short.shadow':
    'It ran beside the champion for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it earns more: so short a run notices, four times in five and with {level} % confidence, only a lead of {least} or more in Sharpe ratio.',
  'short.shadow.blind':
    'It ran beside the champion for {count, plural, one {# session} other {# sessions}}. That shows that it runs, not that it earns more: no lead of any size could have been noticed.',
  'short.no-shadow': 'It never ran beside the champion: there was no shadow.',
  'short.advice': 'Not passed, among the checks that are only reported: {gates}.',
  'short.not-live': 'All of this is history and paper. It has not decided a trade yet.',

  'short.last-signature':
    'One more signature is enough: version {version} then answers on every server as epoch {epoch}, within a window for swaps.',
  'short.all-signed':
    'All signatures are given: version {version} answers on every server as epoch {epoch}, within a window for swaps.',
  'short.window.now': 'A window is open now: after the last signature it happens at once.',
  'short.window.until':
    'The window is open now and closes when the market opens, {until}; a later signature waits for the end of that session.',
  'short.window.from': 'The window opens when the session has been decided, {from}.',
  'short.first-session':
    'If the last signature came now, the first session traded by its scores would be that of {session} (market date).',
  'short.one-of':
    '{missing, plural, one {# signature is} other {# signatures are}} missing. Version {version} answers after the last of them, not after yours.',
  'short.way-back':
    'The way back: every server keeps version {champion} loaded, and “Roll back” at the top of every page returns to it.',
  'guard.rolls-back':
    'The guard watches it for as long as it is champion, and rolls back by itself when one of its bounds is crossed.',
  'guard.only-tells':
    'Nothing rolls back by itself: this model’s guard only tells people when one of its bounds is crossed (guard.autoRollback is off).',
  'guard.bounds.results':
    'Its bounds for results, crossed once: shown to be worse than version {champion} (one as good would be called worse with a chance of {rate} at most, over the whole time as champion); or a drawdown deeper than that of version {champion} by more than {drawdown} percentage points and by more than luck explains.',
  'guard.bounds.answers':
    'Its bounds for answers, crossed on {failed, plural, one {# session} other {# sessions in a row}}: scoring that fails; scores that are missing or all alike; ranks that contradict those of version {champion} (a rank correlation below {agreement}, or far below what is usual of the two).',
  'guard.pages':
    'It only tells people after {inconclusive, plural, one {# session that says nothing} other {# sessions in a row that say nothing}}, and after {errors, plural, one {# that could not be measured} other {# in a row that could not be measured}}.',
  'guard.brakes':
    'It asks people instead of rolling back within {cooldown, plural, one {# session} other {# sessions}} of its last rollback, and after {most, plural, one {# rollback} other {# rollbacks}} of its own within 24 hours, which freezes the model.',
  'guard.brakes.at-once':
    'It asks people instead of rolling back after {most, plural, one {# rollback} other {# rollbacks}} of its own within 24 hours, which freezes the model.',
  'guard.bounds.unknown':
    'The spec on record is of an earlier release and does not name all of its bounds: for those the defaults hold.',
  'short.no-way-back': 'The way back: there is no earlier version. A freeze, or “halt”, stops its use.',
  'short.reject': '“Reject” ends this retrain; version {champion} goes on.',
  'short.reject.first': '“Reject” ends this retrain; there is still no champion.',
  'short.expires': 'Without a decision by {at} it ends without promotion, as if rejected.',
  'short.expires.replay':
    'Without a decision by {at}, in real time and not in that of the market, it ends without promotion, as if rejected.',

  'short.all-gates.wide':
    'All {count} gates that count passed, but {wide} of them would have let nearly anything pass.',
  'short.some-gates.wide':
    '{passed} of the {count} gates that count passed, and {wide} of those {passed} would have let nearly anything pass.',
  'short.waived.none': 'Nothing was waived (0 gates).',
  'short.waived.unneeded':
    'Waived without need, {count, plural, one {# gate} other {# gates}}: {gates}; by {people}.',
  'short.nearest.far':
    'None came close to failing, measured in standard errors, among {of, plural, one {# check} other {# checks}} that passed and have an error of their own. The nearest lies {distance} standard errors inside its bound, {scale}: {gate}.',
  'short.nearest.wide': ' Its bound is too loose to matter.',
  'with-numbers': '{name} ({number}, {bound}{sample})',
  'at-least': 'at least {number}',
  'scale.standard-errors': 'by the standard error of its number',
  'scale.p-value': 'by the normal quantiles of its p-value and of the level',
  'scale.confidence': 'by the normal quantiles of the two probabilities',
  'scale.resampled': 'by how far its number moves over resampled histories',
  'lower-bound': 'lower {level} % bound {number}',
  'lower-bound.unknown': 'lower bound {number}, of a confidence that was not recorded',
  'sample.behind': '; ',
  'sample.test': 'test, {sessions} sessions',
  'sample.since': 'after the champion’s last label, {sessions} sessions',
  'sample.onset': 'since the decay began, {sessions} sessions',
  'sample.on.test': 'In the test ({sessions} sessions, all folds)',
  'sample.on.since': 'On the {sessions} sessions after the champion’s last label',
  'who.candidate': 'the candidate',
  'who.champion': 'the champion',
  'who.recipe': 'the champion’s recipe',
  'lead.in.sharpe': 'in Sharpe ratio',
  'lead.in.daily': 'in mean return',
  'lead.in.annual': 'in return',
  'lead.by.sharpe': '{amount}',
  'lead.by.daily': '{amount} bp a day',
  'lead.by.annual': '{amount} percentage points a year',
  'lead.ahead': '{who} leads {whom} by {by} {measure}',
  'lead.behind': '{who} trails {whom} by {by} {measure}',
  'lead.level': '{who} and {whom} are level, {by} apart {measure}',
  'short.tested.beside.led':
    'In the test, {count} sessions that it had not learned from ({first} to {last}), after costs: {return} a year, Sharpe ratio {sharpe}; the champion’s recipe on the same sessions {otherReturn} and {other}. That is, {inReturn}; {inSharpe}.',
  'short.no-worse.daily':
    'On the {count} sessions after the champion’s last label, each predicted by fits that had not learned from it: {sharpe} ({bound}; no less than {allowed} was asked for); {daily}.',
  'short.fall.shared':
    'The maximum drawdown of the recipe, which candidate and champion share, in the test ({count} sessions, all folds) was {own}; a deeper one can come.',
  'short.fall.since':
    'On the {count} sessions after the champion’s last label the maximum drawdown of the candidate was {own}, that of the champion {other}.',
  'short.largest-trade':
    'In a book of {capital}, its largest trade in the test ({count} sessions) was {share} of what {name} ordinarily trades in a session, on {session}; 95 % of the money traded stays within {usual}, where {bound} is allowed.',
  'short.largest-trade.refused':
    'That is the size of a trade. Whether it could be made at all is another question: {refused} of the wanted trades could not, for a halt, a price limit or a ban at the close.',

  'caution.title': 'A second look',
  'caution.note':
    'What a careful colleague would ask although no gate does. It is recorded under the evidence and decides nothing.',
  'caution.old':
    'This report was made by a release that did not look for numbers too good to be true, or for evidence that rests on little.',
  'caution.none':
    'A second look at {count} things that no gate asks (numbers too good to be true, evidence that rests on little, bounds that refuse nothing) found nothing that stands out.',
  'caution.looked-at': 'Looked at',
  'caution.result': 'Result',
  'caution.raised': 'stands out',
  'caution.usual': 'usual',
  'caution.not-measured': 'not measured',
  'caution.bound': 'Stands out if',
  'caution.sentence': 'What that means',
  'caution.title.sharpe-too-good': 'Sharpe ratio of the candidate, a year',
  'caution.title.benchmark-too-good': 'Sharpe ratio of the champion’s recipe, a year',
  'caution.title.leap': 'Lead in Sharpe ratio',
  'caution.title.rank-ic-too-good': 'Mean rank IC',
  'caution.title.pbo-among-few': 'Independent recipes behind a low PBO',
  'caution.title.one-regime': 'Share of the test in one kind of market',
  'caution.title.few-observations': 'Independent observations of the rank IC',
  'caution.title.few-paired-observations': 'Independent observations beside the champion',
  'caution.title.few-sessions-carry': 'Share of the gain from the best sessions',
  'caution.title.few-names-carry': 'Share of the gain from the best name',
  'caution.title.wide-bounds': 'Bounds too loose to matter',
  'caution.title.switched-off': 'Gates switched off',
  'caution.title.wide-shadow': 'Bounds of the shadow too loose to matter',
  'caution.sharpe-too-good':
    'Too good? A Sharpe ratio of {number} a year after costs in the test ({sessions} sessions); no published strategy on shares shows more than {bound}. Look for an error before believing it.',
  'caution.benchmark-too-good':
    'Too good? The champion’s recipe itself shows a Sharpe ratio of {number} in the test ({sessions} sessions), and published strategies no more than {bound}: data or costs may flatter every recipe.',
  'caution.leap':
    'Too good? In the test ({sessions} sessions) it leads the champion’s recipe by {number} in Sharpe ratio; {bound} is as much as most public strategies have altogether.',
  'caution.leap.error':
    'Too good? In the test ({sessions} sessions) it leads the champion’s recipe by {number} in Sharpe ratio. A true lead of {most}, as much as most public strategies have altogether, shows {bound} or more by luck alone in one test of twenty.',
  'caution.rank-ic-too-good':
    'Too good? A mean rank IC of {number} in the test ({sessions} sessions); {bound} is that of a great forecaster.',
  'caution.pbo-among-few':
    'Little overfitting was found in the test ({pbo}; {sessions} sessions), but the {trials} recipes are worth only {number} independent ones, and fewer than {bound} leave little to choose among.',
  'caution.one-regime':
    'The test saw one kind of market: {number} of its {sessions} sessions with a rank IC were {regime} (more than {bound} is one-sided).',
  'caution.few-observations':
    'The labels of the {sessions} sessions of the test with a rank IC overlap ({overlap} sessions each): about {number} independent observations. With fewer than {bound} a good forecaster can hardly be told from none.',
  'caution.few-paired-observations':
    'The comparison with the champion rests on the {sessions} sessions after its last label: about {number} holds of {hold} sessions that do not overlap. With fewer than {bound} its error is itself uncertain.',
  'caution.few-sessions-carry':
    'The best {best} of the {sessions} sessions of the test brought {number} of the gain; ordinary returns would bring {usual} (stands out beyond {bound}).',
  'caution.few-names-carry':
    '{name} alone brought {number} of what {names} names earned before costs in the test ({sessions} sessions; stands out beyond {bound}).',
  'caution.wide-bounds':
    '{number} of the checks that count have a bound too loose to matter: {gates}. That they passed says little.',
  'caution.switched-off': 'Switched off by the spec, and so never asked: {gates}.',
  'caution.wide-shadow':
    '{number} of the bounds of the shadow are too loose to matter: {bounds}. That it stayed within them says little.',
  'regime.bull': 'of a rising market',
  'regime.bear': 'of a falling market',
  'regime.high-volatility': 'of high volatility',
  'gate.distance': 'Standard errors inside',
  'gate.order':
    'First the checks that count, then those only reported. In each: what did not pass; then what chance can move, the closest call first, by the standard errors between number and bound; then what has no error that could be measured (counts, shares, milliseconds, a PBO of few ways to halve the sessions), by its margin, which cannot be compared with standard errors.',
  'replay.title': 'This is a replay.',
  'replay.what':
    'Its market is not today’s: history is played again, one session every {seconds} s, and the candidate was trained as of {at}. Sessions and dates of the market are of that past; the deadline, and what people did, are in real time.',
  'approval.expires.replay': 'Open until (real time)',
  'approval.first-session': 'First session it would decide, signed now (market date)',
  'short.left': ' Time left: {span}.',
  'time.left': ' · {span} left',
  'time.moments': 'less than 1 min',
  'approval.window': 'Window for swaps',
  'approval.names': 'Every name: who enters, leaves and stays',
  'approval.names.name': 'Name',
  'approval.names.change': 'Change',
  'approval.names.enters': 'enters',
  'approval.names.leaves': 'leaves',
  'approval.names.stays': 'stays',
  'approval.names.old':
    'This evidence was made by a release that counted the names that stay, and did not list them.',

  'benchmark.none': 'No position',
  'benchmark.recipe': 'Champion’s recipe',
  'approval.same-recipe':
    'A refresh has the champion’s recipe: on the past the two are one and the same. What is new is the candidate’s fit on later data, which the gate “Non-inferiority” compares with the champion as it answers today.',
  'figure.says': '. ',
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
  'gate.asks.drawdown': 'Is the maximum drawdown near the champion’s?',
  'gate.asks.turnover': 'Does it trade no more than its hold explains?',
  'gate.asks.cost-cover': 'How many times over does the gross return pay the costs?',
  'gate.asks.position-concentration': 'Does no single name carry the book?',
  'gate.asks.sector-concentration': 'Does no single sector carry the book?',
  'gate.asks.feasibility':
    'Could its trades have been made, whatever their size: no halt, no price limit, no ban?',
  'gate.asks.recovery': 'Does the recipe work on the sessions since the champion decayed?',
  'gate.asks.capacity':
    'Is the size of its trades small beside what the names trade in a session, for a book of the stated size?',
} as const satisfies Readonly<Record<string, string>>;
