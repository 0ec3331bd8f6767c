import { ContenderError } from '../contracts/error.ts';

/** The database, or the folder of the artifacts, does not answer. Activities retry it. */
export class RegistryUnreachable extends ContenderError {
  readonly code = 'REGISTRY_UNREACHABLE';
  readonly kind = 'unreachable';
}

/** A statement took longer than the bound of its connection, or waited too long for a lock. */
export class RegistryBusy extends ContenderError {
  readonly code = 'REGISTRY_BUSY';
  readonly kind = 'unreachable';
}

/** The database was migrated by a newer release than this one. */
export class SchemaAhead extends ContenderError {
  readonly code = 'SCHEMA_AHEAD';
  readonly kind = 'refused';
}

/** The database lacks migrations that this release needs. */
export class SchemaBehind extends ContenderError {
  readonly code = 'SCHEMA_BEHIND';
  readonly kind = 'refused';
}

/** A migration failed; the database is as it was before it. */
export class MigrationFailed extends ContenderError {
  readonly code = 'MIGRATION_FAILED';
  readonly kind = 'bug';
}

/** Bytes in the artifact store are not those that their name promises. */
export class StoredArtifactCorrupt extends ContenderError {
  readonly code = 'STORED_ARTIFACT_CORRUPT';
  readonly kind = 'refused';
}

/** No artifact of that hash is in the store. */
export class ArtifactMissing extends ContenderError {
  readonly code = 'ARTIFACT_MISSING';
  readonly kind = 'refused';
}

/** The folder of the artifacts cannot be written or read: disk full, permission, not a folder. */
export class ArtifactStoreUnavailable extends ContenderError {
  readonly code = 'ARTIFACT_STORE_UNAVAILABLE';
  readonly kind = 'unreachable';
}
