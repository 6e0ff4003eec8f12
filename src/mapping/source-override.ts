/**
 * Reading a source from elsewhere than its mapping says: `--source IRI=file`.
 */
import type { LogicalSource } from './normal-form.ts';

/**
 * What a source is to be read from instead.
 *
 * @param overrides  replacements by the IRI of a logical source, the IRI of its source, or the location as the
 *   mapping has it; the first of these that is named counts
 */
export function overrideOf(
  source: LogicalSource,
  overrides: ReadonlyMap<string, string>,
): string | undefined {
  const names = source.location === undefined ? source.names : [...source.names, source.location];
  const name = names.find((candidate) => overrides.has(candidate));
  return name === undefined ? undefined : overrides.get(name);
}
