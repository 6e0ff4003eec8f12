/**
 * Secrets are cut out here, before a record is kept, mapped, logged or answered.
 *
 * A value goes by the name that it stands under, in any case and at any depth; values of environment
 * variables go unless their names are declared public. In the place of each stands a reference by which a
 * shim can find it, `secretRef:<member>` or `secretRef:env/<NAME>`, never a part of the value.
 */
import type { Config } from '../config.ts';
import type { Json, JsonObject } from '../mapping/record.ts';
import { isObject } from './json-object.ts';
import { redactEnvironment } from './redact-environment.ts';
import { compileSecretNames, NGSI_NULL, type SecretNames } from './secret-names.ts';
import { utcTime } from './time.ts';

/**
 * The value without its secrets; the same object where there are none.
 *
 * What goes: members with a secret name, by local name where they are IRIs (`repoPassword`, `repo_password`,
 * `https://…/repoPassword`); values of `{ key, value }` pairs whose key is such a name; command line
 * arguments `--password=x` and `--password x`; environment variables (`env`, `envVars`); all of it also
 * inside strings that hold JSON. `null`, `""` and `urn:ngsi-ld:null` stay: they say that there is no secret.
 */
export function redact(value: Json, secrets: Config['secrets']): Json {
  return redactValue(value, compileSecretNames(secrets));
}

/** Whether a member of this name, or an attribute of this IRI, holds a secret; how it is to be replaced. */
export function redactMember(name: string, value: Json, secrets: Config['secrets']): Json {
  return redactNamed(name, value, compileSecretNames(secrets));
}

function redactValue(value: Json, names: SecretNames): Json {
  if (typeof value === 'string') return redactText(value, names);
  if (isObject(value)) return redactObject(value, names);
  return Array.isArray(value) ? redactArray(value as readonly Json[], names) : value;
}

function redactObject(object: JsonObject, names: SecretNames): JsonObject {
  let copy: Record<string, Json> | undefined;
  const pair = pairName(object);
  const secretPair = pair !== undefined && names.kindOf(pair) === 'secret';
  for (const [name, before] of Object.entries(object)) {
    const after =
      secretPair && name === 'value' ? names.reference(pair, before) : redactNamed(name, before, names);
    if (after === before) continue;
    copy ??= copyOf(object);
    copy[name] = after;
  }
  return copy ?? object;
}

function redactNamed(name: string, value: Json, names: SecretNames): Json {
  switch (names.kindOf(name)) {
    case 'secret':
      return redactSecret(name, value, names);
    case 'environment':
      return redactEnvironment(value, names, (text) => redactValue(text, names));
    case 'plain':
      return redactValue(value, names);
  }
}

/**
 * An NGSI-LD attribute stays one, so that it keeps its time, and one that takes a secret away
 * (`{ "value": "urn:ngsi-ld:null" }`) still does so.
 */
function redactSecret(name: string, value: Json, names: SecretNames): Json {
  if (!isObject(value)) return names.reference(name, value);
  if (value['object'] === NGSI_NULL) return NGSI_NULL;
  const { value: held, observedAt } = value;
  if (held === undefined) return names.reference(name, value);
  const timed = typeof observedAt === 'string' && utcTime(observedAt) !== undefined;
  return { value: names.reference(name, held), ...(timed && { observedAt }) };
}

function redactArray(items: readonly Json[], names: SecretNames): readonly Json[] {
  let copy: Json[] | undefined;
  let awaited: string | undefined;
  for (const [index, before] of items.entries()) {
    const after = awaited === undefined ? redactValue(before, names) : names.reference(awaited, before);
    awaited = typeof before === 'string' ? names.optionOf(before) : undefined;
    if (after === before) continue;
    copy ??= [...items];
    copy[index] = after;
  }
  return copy ?? items;
}

const ASSIGNMENT = /^(--?[A-Za-z][\w.-]*)=/;

function redactText(text: string, names: SecretNames): string {
  const first = text.charCodeAt(0);
  if (first === 45) {
    const option = ASSIGNMENT.exec(text)?.[1];
    const secret = option === undefined ? undefined : names.optionOf(option);
    return secret === undefined ? text : `${option!}=${names.text(secret)}`;
  }
  return first === 123 || first === 91 ? redactJsonText(text, names) : text;
}

/** JSON inside a string, as brokers and portals hand settings on; what does not parse is left alone. */
function redactJsonText(text: string, names: SecretNames): string {
  let inner: Json;
  try {
    inner = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  const outer = redactValue(inner, names);
  return outer === inner ? text : JSON.stringify(outer);
}

/** `{ "key": "db-password", "value": … }`, the way in which aerOS writes maps. */
function pairName(object: JsonObject): string | undefined {
  if (!('value' in object)) return undefined;
  const name = object['key'] ?? object['name'];
  return typeof name === 'string' ? name : undefined;
}

/** A copy that a member named `__proto__` cannot turn into something else. */
function copyOf(object: JsonObject): Record<string, Json> {
  return Object.assign(Object.create(null) as Record<string, Json>, object);
}
