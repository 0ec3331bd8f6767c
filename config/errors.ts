import { ContenderError } from '../contracts/error.ts';

/** A setting is unknown, malformed, or its file cannot be parsed. Nothing was started. */
export class ConfigInvalid extends ContenderError {
  readonly code = 'CONFIG_INVALID';
  readonly kind = 'usage';
}

/** The settings file that was asked for by name does not exist or cannot be read. */
export class ConfigUnreadable extends ContenderError {
  readonly code = 'CONFIG_UNREADABLE';
  readonly kind = 'usage';
}

/** A part is embedded, and no running system of this data folder says where it is. */
export class SystemNotRunning extends ContenderError {
  readonly code = 'SYSTEM_NOT_RUNNING';
  readonly kind = 'unreachable';
}
