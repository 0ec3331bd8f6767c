import type { Config } from '../config/config.ts';
import { createIdentifier } from '../registry/identity/identify.ts';
import type { Identify } from '../registry/identity/identify.ts';
import { IdentitySettingsWrong } from '../registry/identity/errors.ts';
import { oidcGrants } from '../registry/identity/oidc.ts';
import type { OidcOptions } from '../registry/identity/oidc.ts';

const OFF = 'off';
const AUTO = 'auto';

/** Who tokens speak for, by the settings in force. Throws IdentitySettingsWrong. */
export function identifierFrom(config: Config, now: () => Date): Identify {
  const { tokenSigningKeyFile: signingKeyFile, localTokens } = config;
  const oidc = oidcFrom(config);
  return createIdentifier({
    signingKeyFile,
    oidc,
    // With an identity provider, whoever reads a file of this machine should not become anybody they like.
    localTokens: localTokens === AUTO ? oidc === null : localTokens === 'on',
    now,
  });
}

function oidcFrom(config: Config): OidcOptions | null {
  const { oidcIssuer, oidcAudience, oidcJwksUrl } = config;
  if (oidcIssuer === OFF) return null;
  if (oidcAudience === '') {
    throw new IdentitySettingsWrong('oidcIssuer is set and oidcAudience is not', {
      remedy:
        'Set oidcAudience to the name of this installation at the provider: a token made for another must not open it.',
    });
  }
  const grants = oidcGrants(config.oidcGrants);
  if ('wrong' in grants) {
    throw new IdentitySettingsWrong(`oidcGrants holds ${grants.wrong}, which is no group=grant`, {
      remedy: 'Write them as trading-leads=quant-lead@XTAI; docs/identity.md lists the grants.',
    });
  }
  return {
    issuer: oidcIssuer,
    audience: oidcAudience,
    jwksUrl: oidcJwksUrl === AUTO ? null : oidcJwksUrl,
    algorithms: config.oidcAlgorithms,
    clockToleranceSeconds: config.oidcClockToleranceSeconds,
    subjectClaim: config.oidcSubjectClaim,
    rolesClaim: config.oidcRolesClaim,
    grants: grants.map,
  };
}
