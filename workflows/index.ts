/** Everything the control worker registers. */
export { escalateAlert } from './escalate-alert.ts';
export { watchForResults } from './watch-for-results.ts';
export { retrainModel } from './retrain-model.ts';
export { guardChampion } from './guard-champion.ts';
export { drillRollback } from './drill-rollback.ts';
export { rollbackModel } from './rollback-model.ts';
export { reproduceVersion } from './reproduce-version.ts';
export { scheduledRetrain } from './scheduled-retrain.ts';
export { scoreModel } from './score-model.ts';
