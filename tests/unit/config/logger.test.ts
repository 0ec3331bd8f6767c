import { describe, expect, it } from 'vitest';
import { createLogger, withCorrelation } from '../../../config/logger.ts';

function collect(level: 'info' | 'debug' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  return { lines, log: createLogger({ service: 'control', level, destination }) };
}

describe('the log', () => {
  it('says which process spoke, when, how loud, and of which retrain', () => {
    const { lines, log } = collect();
    withCorrelation(log, 'retrain:tw-alpha:2024').info({ step: 'train' }, 'started');
    expect(lines).toEqual([
      expect.objectContaining({
        service: 'control',
        level: 'info',
        msg: 'started',
        step: 'train',
        correlationId: 'retrain:tw-alpha:2024',
        time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/u) as unknown,
      }),
    ]);
  });

  it('leaves out what is below its level', () => {
    const { lines, log } = collect();
    log.debug('detail');
    expect(lines).toEqual([]);
  });

  it('hides secrets by the name of their field', () => {
    const { lines, log } = collect();
    log.info({ databaseUrl: 'postgres://u:hunter2@db/x', headers: { authorization: 'Bearer hunter3' } }, 'x');
    expect(JSON.stringify(lines)).not.toMatch(/hunter/u);
  });
});
