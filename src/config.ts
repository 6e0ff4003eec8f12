/**
 * Settings: one typed tree with a default and a reason for each, from a YAML file, the environment and flags.
 *
 * Whatever can be asked for can be bounded, and each bound is named here with its unit. An unknown key is an
 * error that names the nearest known one. Secrets come from files (`FABRIC_..._FILE`) or the environment.
 */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { type Config, configSchema } from './config-schema.ts';
import { FabricError, messageOf, nearest } from './errors.ts';

export { type Config, configSchema, type SourceConfig } from './config-schema.ts';

/** Where settings come from, the strongest last. */
export interface ConfigInput {
  /** Path of a YAML file. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A partial tree, from flags of the command line or from a test. */
  readonly overrides?: object;
}

/**
 * Reads, merges and checks the settings.
 *
 * @throws FabricError `config-invalid`, naming each wrong setting
 */
export function loadConfig(input: ConfigInput = {}): Config {
  const tree = [fromFile(input.file), fromEnvironment(input.env ?? {}), input.overrides ?? {}].reduce(
    (merged: Tree, layer) => mergeTrees(merged, layer as Tree),
    {},
  );
  const result = configSchema.safeParse(tree);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => describeIssue(issue));
  throw new FabricError('config-invalid', `Configuration is invalid: ${errors.join('; ')}`, {
    extensions: { errors },
  });
}

/** The settings as JSON Schema (2020-12), for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}

type Tree = { [key: string]: unknown };

function fromFile(path: string | undefined): Tree {
  if (path === undefined) return {};
  try {
    return (parseYaml(readFileSync(path, 'utf8')) as Tree | null) ?? {};
  } catch (thrown) {
    throw new FabricError('config-invalid', `Configuration ${path} cannot be read: ${messageOf(thrown)}`, {
      location: { source: path },
      cause: thrown,
    });
  }
}

/** `FABRIC_QUERY_DEADLINE_MS=5000` sets `query.deadlineMs`; `..._FILE` reads the value from a file. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Tree {
  const tree: Tree = {};
  const known = new Map<string, readonly string[]>();
  collectPaths(configJsonSchema(), [], known);
  for (const [name, raw] of Object.entries(env)) {
    if (!name.startsWith('FABRIC_') || raw === undefined) continue;
    const direct = known.get(name);
    const path = direct ?? known.get(name.replace(/_FILE$/, ''));
    if (!path) continue;
    const text = direct ? raw : secretFrom(raw, name);
    setPath(tree, path, path.at(-1) === 'token' ? text : scalar(text));
  }
  return tree;
}

function secretFrom(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (thrown) {
    throw new FabricError(
      'config-invalid',
      `${variable} names ${path}, which cannot be read: ${messageOf(thrown)}`,
      {
        location: { source: path },
        cause: thrown,
      },
    );
  }
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

function collectPaths(
  schema: JsonSchema,
  path: readonly string[],
  into: Map<string, readonly string[]>,
): void {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const here = [...path, name];
    if (child.properties) collectPaths(child, here, into);
    else
      into.set(
        `FABRIC_${here
          .map((part) => part.replace(/[A-Z]/g, '_$&'))
          .join('_')
          .toUpperCase()}`,
        here,
      );
  }
}

function scalar(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function setPath(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const part of path.slice(0, -1)) node = (node[part] ??= {}) as Tree;
  node[path.at(-1)!] = value;
}

function mergeTrees(base: Tree, layer: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(layer)) {
    const before = merged[key];
    merged[key] = isTree(before) && isTree(value) ? mergeTrees(before, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.') || 'the document';
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeysAt(issue.path);
    return issue.keys
      .map((key) => {
        const near = nearest(key, known);
        return `${[...issue.path, key].join('.')} is not a setting${near === undefined ? '' : `; did you mean ${near}?`}`;
      })
      .join('; ');
  }
  return `${path}: ${issue.message}`;
}

function knownKeysAt(path: readonly PropertyKey[]): string[] {
  let node = configJsonSchema() as JsonSchema & { items?: JsonSchema & { oneOf?: readonly JsonSchema[] } };
  for (const part of path) {
    if (typeof part === 'number') {
      const variants = node.items?.oneOf ?? [];
      return [...new Set(variants.flatMap((variant) => Object.keys(variant.properties ?? {})))];
    }
    node = node.properties?.[String(part)] ?? {};
  }
  return Object.keys(node.properties ?? {});
}
