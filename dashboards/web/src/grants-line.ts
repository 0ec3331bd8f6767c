import type { TextId, Translate } from './i18n/text-id.ts';

const ROLES: Readonly<Record<string, TextId>> = {
  ...{ viewer: 'role.viewer', researcher: 'role.researcher', 'quant-lead': 'role.quant-lead' },
  ...{ operator: 'role.operator', admin: 'role.admin' },
};

/** What somebody may do, in the reader's language: `quant lead @XTAI, viewer`. A role of a later release keeps its code. */
export function grantsLine(grants: readonly string[], t: Translate): string {
  return grants
    .map((grant) => {
      const [role = '', ...place] = grant.split('@');
      const name = Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
      return [name === undefined ? role : t(name), ...place.map((one) => `@${one}`)].join(' ');
    })
    .join(t('list.and'));
}
