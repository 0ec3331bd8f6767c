import type { WorkflowHandle } from '@temporalio/client';
import type { ApprovalState, Decision } from '../../../../contracts/retrain.ts';
import { AUTHOR, LEAD, REQUESTER, type Retrain } from '../../../e2e/small-world.ts';
import { seededRandom } from '../../swap/shuffle.ts';
import { until } from '../../swap/swap-fleet.ts';
import { type Disturbance, judgedRetrain, overNow, type Subject } from '../judged-retrain.ts';
import { Hold } from '../points.ts';
import type { RetrainFleet } from '../retrain-fleet.ts';
import { always, type Fault } from './fault.ts';

const COPIES = 12;
const ORDER_SEED = 11;
const TOO_LARGE = 3 * 1024 * 1024;

/** The first signature is held at its commit while the same lead signs again and again, under old ids and new ones. */
const duplicateApprovals: Fault = {
  names: ['fault/approvals/duplicate'],
  impossible: always,
  run: ({ fleet }) =>
    judgedRetrain(
      fleet,
      'fault/approvals/duplicate',
      withSignatureHeld(fleet, async (retrain, asked, release) => {
        const updateIds = Array.from({ length: COPIES }, (_, at) => `copy-${String(at % (COPIES / 2))}`);
        const copies = updateIds.map((updateId) => decide(retrain, signature(asked), updateId));
        await release();
        const outcomes = await Promise.allSettled(copies);
        const counted = outcomes.filter(({ status }) => status === 'fulfilled').length;
        return `${String(COPIES)} copies, ${String(counted)} answered as the first`;
      }),
    ),
};

/** Whatever must not count, in an order drawn from a seed, before and after the signature that does. */
const reorderedApprovals: Fault = {
  names: ['fault/approvals/reordered'],
  impossible: always,
  run: ({ fleet }) =>
    judgedRetrain(
      fleet,
      'fault/approvals/reordered',
      withSignatureHeld(fleet, async (retrain, asked, release) => {
        const wrong: readonly Decision[] = [
          { ...signature(asked), evidenceHash: 'e'.repeat(64) },
          { ...signature(asked), actor: { ...REQUESTER, roles: ['quant-lead'] } },
          { ...signature(asked), actor: { ...AUTHOR, roles: ['quant-lead'] } },
          { ...signature(asked), actor: { subject: 'vera', roles: ['viewer'] } },
          { ...signature(asked), decision: 'reject', evidenceHash: '0'.repeat(64) },
        ];
        const random = seededRandom(ORDER_SEED);
        const shuffled = wrong
          .map((decision) => ({ decision, place: random() }))
          .sort((a, b) => a.place - b.place);
        await refuseAll(
          shuffled.map(({ decision }) =>
            decide(retrain, decision, `early-${decision.actor.subject}-${decision.evidenceHash}`),
          ),
        );
        await release();
        await until('the end', async () =>
          (await retrain.describe()).status.name === 'RUNNING' ? null : true,
        );
        const late: readonly Decision[] = [signature(asked), { ...signature(asked), decision: 'reject' }];
        await refuseAll(late.map((decision) => decide(retrain, decision, `late-${decision.decision}`)));
        return `${String(wrong.length)} refused before the signature, ${String(late.length)} after it`;
      }),
    ),
};

/** Arguments that are no decision, signals and queries nobody knows, and a message larger than any may be. */
const poisonMessages: Fault = {
  names: ['fault/poison/messages'],
  impossible: always,
  run: ({ fleet }) =>
    judgedRetrain(
      fleet,
      'fault/poison/messages',
      withSignatureHeld(fleet, async (retrain, asked, release) => {
        const untyped = retrain as WorkflowHandle;
        const poison: readonly unknown[] = [
          ...[null, [], {}, 'approve', 7, Number.NaN],
          { ...signature(asked), actor: null },
          { ...signature(asked), actor: { subject: 'lee' } },
          { ...signature(asked), reason: 'x'.repeat(TOO_LARGE) },
        ];
        await refuseAll(
          poison.map((argument, at) =>
            untyped.executeUpdate('decide', { updateId: `poison-${String(at)}`, args: [argument] }),
          ),
        );
        await untyped.signal('nobody-listens', { deep: [null, 'x'.repeat(1000)] });
        await refuseAll([untyped.query('nobody-answers'), untyped.executeUpdate('nobody-decides')]);
        await release();
        return `${String(poison.length)} updates, a signal, a query and an unknown update`;
      }),
    ),
};

/** Inputs that no caller of ours sends: each must end at once with a code, not hang in a task that is tried for ever. */
const poisonStarts: Fault = {
  names: ['fault/poison/inputs'],
  impossible: always,
  run: ({ fleet }) =>
    judgedRetrain(fleet, 'fault/poison/inputs', async ({ start }) => {
      await start();
      const inputs: readonly unknown[] = [
        null,
        {},
        7,
        { model: 7 },
        { model: 'no-such-model', asOf: 'never' },
      ];
      for (const [at, input] of inputs.entries()) {
        const handle = await fleet.world.replay.workflow.start('retrainModel', {
          workflowId: `poison:${String(at)}:${String(performance.now())}`,
          taskQueue: 'control',
          args: [input],
        });
        const status = await until(`the end of a retrain of ${JSON.stringify(input)}`, async () => {
          const { name } = (await handle.describe()).status;
          return name === 'RUNNING' ? null : name;
        }).catch(async (error: unknown) => {
          await handle.terminate('it hung');
          throw error;
        });
        if (status !== 'FAILED') throw new Error(`${JSON.stringify(input)} ended as ${status}`);
      }
      return overNow(`${String(inputs.length)} inputs, each failed with a code`);
    }),
};

const signature = ({ evidenceHash }: ApprovalState): Decision => ({
  ...{ decision: 'approve', actor: LEAD, evidenceHash, reason: 'read in the test' },
});

const decide = (retrain: Retrain, decision: Decision, updateId: string): Promise<ApprovalState> =>
  retrain.executeUpdate<ApprovalState, [Decision]>('decide', { updateId, args: [decision] });

async function refuseAll(attempts: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(attempts);
  const accepted = outcomes.findIndex(({ status }) => status === 'fulfilled');
  if (accepted >= 0) throw new Error(`attempt ${String(accepted)} was accepted`);
}

/** Holds the commit of the first signature; `meanwhile` lets it go and says what it did. */
function withSignatureHeld(
  fleet: RetrainFleet,
  meanwhile: (retrain: Retrain, asked: ApprovalState, release: () => Promise<void>) => Promise<string>,
) {
  return async ({ model, start }: Subject): Promise<Disturbance> => {
    const hold = await Hold.place(fleet.link, model, 'approve', 'in');
    const retrain = await start();
    const asked = await fleet.world.askedForApproval(retrain);
    await until('the first signature', async () => ((await hold.isReached()) ? true : null));
    return overNow(await meanwhile(retrain, asked, () => hold.release()));
  };
}

export const PEOPLE_FAULTS: readonly Fault[] = [
  duplicateApprovals,
  reorderedApprovals,
  poisonMessages,
  poisonStarts,
];
