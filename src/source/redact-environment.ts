/**
 * Environment variables in every shape in which orchestrators write them.
 *
 * Whatever stands in the place of variables and is not understood is cut out whole: a shape that nobody
 * thought of must not let a value through.
 */
import type { Json, JsonObject } from '../mapping/record.ts';
import { isObject } from './json-object.ts';
import { type SecretNames, saysNone } from './secret-names.ts';
import { utcTime } from './time.ts';

const ATTRIBUTE_TYPES = new Set([
  'Property',
  'JsonProperty',
  'ListProperty',
  'LanguageProperty',
  'VocabProperty',
]);
/** Members of an NGSI-LD attribute that hold its value. */
const HOLDERS = new Set(['value', 'json', 'valueList', 'values', 'languageMap', 'vocab', 'object', '@value']);
/** `A=1 B=2`: what stands behind a public variable may be another one. */
const SEVERAL = /[\s;,&][A-Za-z_][\w.-]*=|\n/;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_.-]*)=/;

/**
 * `[{key|name, value}]`, `[{NAME: value}]`, `{NAME: value}`, `["NAME=value"]`, each also wrapped as an
 * NGSI-LD attribute.
 *
 * @param redactPublic  what still happens to the value of a public variable
 */
export function redactEnvironment(
  value: Json,
  names: SecretNames,
  redactPublic: (value: Json) => Json,
): Json {
  const variable = (name: string, before: Json): Json =>
    names.isPublic(name) ? redactPublic(before) : names.environment(name, before);
  const anonymous = (before: Json): Json => names.environment(undefined, before);

  const entry = (object: JsonObject, name: string): Json => {
    const out = fresh();
    for (const [member, before] of Object.entries(object)) {
      if (member === 'key' || member === 'name' || member === 'secretRef') out[member] = before;
      else out[member] = variable(name, before);
    }
    return out;
  };
  const attribute = (object: JsonObject): Json => {
    const out = fresh();
    for (const [member, before] of Object.entries(object)) out[member] = attributeMember(member, before);
    return out;
  };
  const attributeMember = (member: string, before: Json): Json => {
    if (HOLDERS.has(member)) return walk(before);
    if (member === 'type' && typeof before === 'string' && ATTRIBUTE_TYPES.has(before)) return before;
    if (member === 'observedAt' && typeof before === 'string' && utcTime(before) !== undefined) return before;
    return anonymous(before);
  };
  const variables = (object: JsonObject): Json => {
    const out = fresh();
    for (const [name, before] of Object.entries(object)) out[name] = variable(name, before);
    return out;
  };
  const walk = (before: Json): Json => {
    if (saysNone(before)) return before;
    if (typeof before === 'string') {
      const name = VARIABLE.exec(before)?.[1];
      if (name === undefined || SEVERAL.test(before)) return anonymous(before);
      const after = variable(name, before.slice(name.length + 1));
      return typeof after === 'string' ? `${name}=${after}` : anonymous(before);
    }
    if (Array.isArray(before)) return (before as readonly Json[]).map(walk);
    if (!isObject(before)) return anonymous(before);
    const name = before['key'] ?? before['name'];
    if (typeof name === 'string' && ('value' in before || 'secretRef' in before)) return entry(before, name);
    return isAttribute(before) ? attribute(before) : variables(before);
  };
  return walk(value);
}

function isAttribute(object: JsonObject): boolean {
  const type = object['type'];
  if (typeof type === 'string' && ATTRIBUTE_TYPES.has(type)) return true;
  return 'value' in object || 'json' in object || 'valueList' in object;
}

const fresh = (): Record<string, Json> => Object.create(null) as Record<string, Json>;
