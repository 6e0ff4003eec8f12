/**
 * Actions as they may be shown: without the values of environment variables.
 *
 * Plans hold these values because an orchestrator needs them; an answer, a log or a report must not, unless
 * a variable is declared public (`secrets.publicEnv`).
 */
import type { Action, Json } from './shim.ts';

const HIDDEN = '***';

/** Members that list variables in the manifests of our shims. */
const LISTS = new Set(['env', 'envVars', 'Env']);

/** The same actions with the value of every variable that is not in `publicEnv` hidden. */
export function reportable(actions: readonly Action[], publicEnv: readonly string[]): readonly Action[] {
  const isPublic = new Set(publicEnv);
  return actions.map((action) =>
    action.manifest === undefined ? action : { ...action, manifest: hide(action.manifest, isPublic) },
  );
}

function hide(value: Json, isPublic: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((item) => hide(item as Json, isPublic));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      LISTS.has(key) && Array.isArray(member)
        ? member.map((variable) => hideVariable(variable as Json, isPublic))
        : hide(member, isPublic),
    ]),
  );
}

/** `{name,value}` of Kubernetes, `{key,value}` of aerOS, `NAME=value` of Docker. */
function hideVariable(variable: Json, isPublic: ReadonlySet<string>): Json {
  if (typeof variable === 'string') {
    const name = variable.split('=', 1)[0]!;
    return isPublic.has(name) ? variable : `${name}=${HIDDEN}`;
  }
  if (typeof variable !== 'object' || variable === null || !('value' in variable)) return variable;
  const { name, key } = variable as { readonly name?: string; readonly key?: string };
  return isPublic.has(name ?? key ?? '') ? variable : { ...variable, value: HIDDEN };
}
