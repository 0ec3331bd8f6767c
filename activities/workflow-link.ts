import { Context } from '@temporalio/activity';
import type { Workbench } from './workbench.ts';

/** Page of a workflow in the Temporal UI, by default the one that runs this activity; null when no UI is known. */
export function workflowLink({ temporalUiUrl }: Workbench, workflowId?: string): string | null {
  if (temporalUiUrl === null || temporalUiUrl === '') return null;
  const { workflowExecution, namespace } = Context.current().info;
  const id = workflowId ?? workflowExecution?.workflowId;
  if (id === undefined) return null;
  return `${temporalUiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}`;
}
