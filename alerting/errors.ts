import { ContenderError } from '../contracts/error.ts';

/** The alerting file cannot work: unknown channel or receiver, contradicting rules, a matcher that does not parse. */
export class AlertConfigInvalid extends ContenderError {
  readonly code = 'ALERT_CONFIG_INVALID';
  readonly kind = 'usage';
}

/** A matcher is not `name="value"` with one of =, !=, =~, !~, or its expression does not compile. */
export class MatcherInvalid extends ContenderError {
  readonly code = 'ALERT_MATCHER_INVALID';
  readonly kind = 'usage';
}

/** Not a duration as Prometheus writes it: 30s, 5m, 1h30m. */
export class DurationInvalid extends ContenderError {
  readonly code = 'DURATION_INVALID';
  readonly kind = 'usage';
}
