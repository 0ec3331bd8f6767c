import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowSinks } from '../../tracing/temporal.ts';
import { NO_TRACING } from '../../tracing/tracing.ts';
import { WORKFLOW_INTERCEPTOR_MODULES } from '../../workers/workflow-builds.ts';
import { decoded, readHistories, type RecordedHistory } from './history-file.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const HISTORIES = readHistories();
const MINUTES = 60_000;

let bundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    workflowInterceptorModules: WORKFLOW_INTERCEPTOR_MODULES,
    logger: new DefaultLogger('ERROR'),
  });
}, 3 * MINUTES);

async function replay({ history, workflowId }: RecordedHistory, code = bundle): Promise<void> {
  const options = { workflowBundle: code, sinks: workflowSinks(NO_TRACING) };
  await Worker.runReplayHistory(options, history, workflowId);
}

function named(name: string): RecordedHistory {
  const found = HISTORIES.find((recorded) => recorded.name === name);
  if (found === undefined) throw new Error(`no history ${name}`);
  return found;
}

describe('the workflows of this release against recorded histories', () => {
  it('there is a history of each way a retrain, a guard and a rollback went', () => {
    expect(HISTORIES.map(({ name }) => name)).toEqual([
      'guard-asks-until-the-data-end',
      'guard-ended-by-rollback',
      'guard-frozen-until-a-person-rolls-back',
      'guard-rolls-back-and-hands-over',
      'guard-rolls-back',
      'retrain-deputised',
      'retrain-first-champion',
      'retrain-objected',
      'retrain-promoted',
      'retrain-refused',
      'retrain-rejected',
      'retrain-waived',
      'retrain-waivers-refused',
      'rollback',
    ]);
  });

  it.for(HISTORIES)('$name replays without a difference', { timeout: MINUTES }, async (recorded) => {
    await replay(recorded);
  });

  it('a workflow that calls one activity more does not replay', { timeout: MINUTES }, async () => {
    const call = /await ([\w.]+)\.beginRetrain\.executeWithOptions\(/u;
    expect(bundle.code).toMatch(call);
    const code = bundle.code.replace(
      call,
      (text, proxy: string) => `(await ${proxy}.recordStep({}), undefined) ?? ${text}`,
    );
    await expect(replay(named('retrain-promoted'), { ...bundle, code })).rejects.toThrow(
      /[Nn]ondeterminism/u,
    );
  });

  it('a history in which another activity was called does not replay', { timeout: MINUTES }, async () => {
    const recorded = named('retrain-promoted');
    const text = JSON.stringify(recorded.history).replace(
      '"name":"extractSnapshot"',
      '"name":"fetchSnapshot"',
    );
    const history = JSON.parse(text) as RecordedHistory['history'];
    expect(history).not.toEqual(recorded.history);
    await expect(replay({ ...recorded, history })).rejects.toThrow(/[Nn]ondeterminism/u);
  });

  it('no history tells where it was recorded', () => {
    for (const { history } of HISTORIES) {
      const texts: string[] = [];
      JSON.stringify(history, (key, value: unknown) => {
        if (typeof value === 'string') texts.push(value, ...(key === 'data' ? [decoded(value)] : []));
        return value;
      });
      const told = texts.filter((text) => /\/(?:tmp|root|home|Users|work)\//u.test(text));
      expect(told).toEqual([]);
    }
  });
});
