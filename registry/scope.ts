import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { ModelScope } from '../contracts/identity.ts';

/** True for the rows whose model, in the column that is named, somebody may look at. */
export function inScope(column: string, scope: ModelScope): RawBuilder<boolean> {
  const model = sql.ref(column);
  return sql<boolean>`(${scope.all} or ${model} = any (${[...scope.models]}::text[])
    or (select sp.spec ->> 'market' from specs sp where sp.model = ${model} order by sp.number desc limit 1)
      = any (${[...scope.markets]}::text[]))`;
}
