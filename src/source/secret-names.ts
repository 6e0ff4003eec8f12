/**
 * Which names hold secrets: one compiled look-up, since every member of every record is asked about.
 */
import type { Config } from '../config.ts';
import type { Json } from '../mapping/record.ts';

/** What NGSI-LD writes to take an attribute away (GS CIM 009, 4.5.0). */
export const NGSI_NULL = 'urn:ngsi-ld:null';

export type NameKind = 'secret' | 'environment' | 'plain';

export interface SecretNames {
  kindOf(name: string): NameKind;
  /** Whether the value of this environment variable may be kept. */
  isPublic(variable: string): boolean;
  /** The name in `--password`, where it is a secret one. */
  optionOf(argument: string): string | undefined;
  /** What stands in the place of a value; values that say "none" stay. */
  reference(name: string, value: Json): Json;
  /** The same for a value of an environment variable; without a name for one that cannot be told apart. */
  environment(variable: string | undefined, value: Json): Json;
  text(name: string): string;
}

/** Names that are remembered; a sender can invent any number of them. */
const NAMES_MAX = 10_000;
const NAME_LENGTH_MAX = 256;
const ENVIRONMENT = new Set(['env', 'envvar', 'envvars', 'environmentvariables']);

const compiled = new WeakMap<Config['secrets'], SecretNames>();

export function compileSecretNames(secrets: Config['secrets']): SecretNames {
  let names = compiled.get(secrets);
  if (names === undefined) {
    names = compile(secrets);
    compiled.set(secrets, names);
  }
  return names;
}

function compile(secrets: Config['secrets']): SecretNames {
  const secret = new Set(secrets.members.map(plainName));
  const open = new Set(secrets.publicEnv);
  const known = new Map<string, NameKind>();
  const kindOf = (name: string): NameKind => {
    let kind = known.get(name);
    if (kind === undefined) {
      const plain = plainName(name);
      kind = secret.has(plain) ? 'secret' : ENVIRONMENT.has(plain) ? 'environment' : 'plain';
      if (known.size >= NAMES_MAX) known.clear();
      if (name.length <= NAME_LENGTH_MAX) known.set(name, kind);
    }
    return kind;
  };
  const text = (name: string): string => `secretRef:${localName(name)}`;
  return {
    kindOf,
    isPublic: (variable) => open.has(variable),
    optionOf: (argument) =>
      argument.startsWith('-') && kindOf(argument) === 'secret' ? argument.replace(/^-+/, '') : undefined,
    reference: (name, value) => (saysNone(value) ? value : text(name)),
    environment: (variable, value) =>
      saysNone(value) ? value : variable === undefined ? 'secretRef:env' : `secretRef:env/${variable}`,
    text,
  };
}

export const saysNone = (value: Json): boolean => value === null || value === '' || value === NGSI_NULL;

/** The last part of an IRI, a compact IRI or a dotted path. */
export function localName(name: string): string {
  return name.slice(
    Math.max(name.lastIndexOf('/'), name.lastIndexOf('#'), name.lastIndexOf(':'), name.lastIndexOf('.')) + 1,
  );
}

/** `repo_password`, `--repo-password` and `…#repoPassword` are one name. */
const plainName = (name: string): string =>
  localName(name)
    .replace(/[-_\s]/g, '')
    .toLowerCase();
