import { condition, defineSignal, setHandler } from '@temporalio/workflow';

/** Fails at its first task: an error that is no failure of the workflow. */
export async function innocentlyEdited(): Promise<void> {
  await Promise.resolve();
  throw new TypeError('an innocent edit');
}

/** Waits, as a workflow does most of the time. */
export async function patient(): Promise<void> {
  let told = false;
  setHandler(defineSignal('go'), () => {
    told = true;
  });
  await condition(() => told);
}
