/** Mapping documents by their paths: a file is itself, a folder stands for those in it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { FabricError } from '../errors.ts';

/** Mapping documents by their endings, where a folder is named. */
const MAPPING_ENDINGS = ['.ttl', '.n3', '.nt', '.rml', '.r2rml', '.yml', '.yaml'];

/**
 * The mapping documents of a path: itself, or those that lie in the folder that it is.
 *
 * @throws FabricError `not-found`
 */
export function mappingFiles(path: string): readonly string[] {
  const hint = 'Name a mapping document: RML or R2RML in Turtle, or YARRRML in .yml or .yaml.';
  const refuse = (why: string): FabricError =>
    new FabricError('not-found', `Mapping ${path} ${why}`, {
      location: { source: path },
      extensions: { hint },
    });
  if (path === '-') return [path];
  if (!existsSync(path)) throw refuse('cannot be read: there is no such file');
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path)
    .filter((name) => MAPPING_ENDINGS.includes(extname(name).toLowerCase()))
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0) throw refuse('is a folder without mapping documents');
  return files;
}
