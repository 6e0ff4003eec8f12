/**
 * The credentials of an image registry, as a secret holds them, and the registry that an image names.
 *
 * Error messages here must never repeat the text of a secret.
 */
import { FabricError } from '../errors.ts';

export interface RegistryCredentials {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Reads `{"username","password","url"?}`; the address defaults to the registry of the image.
 *
 * @throws FabricError `shim-failed` when the secret is anything else; its text is not in the message
 */
export function registryCredentials(secret: string, reference: string, image: string): RegistryCredentials {
  const { username, password, url } = parse(secret);
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new FabricError(
      'shim-failed',
      `Secret ${reference} holds no registry credentials: JSON with username and password`,
    );
  }
  return { url: typeof url === 'string' ? url : registryOf(image), username, password };
}

/** The registry of an image reference; Docker Hub where it names none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
