/**
 * What a mapping can be written in, and the readers of it.
 *
 * YARRRML brings a YAML parser, which costs more to load than a small mapping to run: it is loaded when asked for.
 */
import type { MappingSyntax } from './statements.ts';
import { readTurtle } from './turtle.ts';

export const MAPPING_FORMATS = ['turtle', 'yarrrml'] as const;
export type MappingFormat = (typeof MAPPING_FORMATS)[number];

const YAML_FILE = /\.ya?ml$/i;

/** The format that the name of a file tells: YARRRML for `.yml` and `.yaml`, else Turtle. */
export const mappingFormatOf = (name: string): MappingFormat => (YAML_FILE.test(name) ? 'yarrrml' : 'turtle');

/** The reader of a format, for `compileMapping`. */
export async function loadMappingSyntax(format: MappingFormat): Promise<MappingSyntax> {
  return format === 'turtle' ? readTurtle : (await import('./yarrrml.ts')).readYarrrml;
}
