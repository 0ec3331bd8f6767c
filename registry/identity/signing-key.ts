import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SigningKeyUnusable } from './errors.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Bits of a file mode that belong to group and others. */
const OTHERS = 0o077;

/**
 * The key that signs local tokens: Ed25519, PKCS #8, readable by its owner alone; made on first use. Two processes that
 * make it at once agree on one. Throws SigningKeyUnusable.
 */
export async function openSigningKey(file: string): Promise<SigningKey> {
  const existing = await readKey(file);
  if (existing !== null) return existing;
  const { privateKey } = generateKeyPairSync('ed25519');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  });
  try {
    // A link fails when the name is taken, where a rename would replace another process's key.
    await link(temporary, file).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  const key = await readKey(file);
  if (key === null) throw unusable(file, 'it vanished while it was made');
  return key;
}

async function readKey(file: string): Promise<SigningKey | null> {
  let pem: string;
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) !== 0) throw unusable(file, 'others can read it');
    pem = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (error) {
    throw unusable(file, 'it is not a private key', error);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw unusable(file, 'it is not an Ed25519 key');
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function unusable(file: string, reason: string, cause?: unknown): SigningKeyUnusable {
  return new SigningKeyUnusable(`the signing key ${file} cannot be used: ${reason}`, {
    cause,
    remedy: 'chmod 600 the file; or remove it, which makes every token given so far worthless.',
    details: { file },
  });
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
