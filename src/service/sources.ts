/**
 * The sources of a fabric, ready to use: settings, compiled mapping, and the rules for their records.
 */

import type { TextFile } from '../assets.ts';
import type { SourceConfig } from '../config.ts';
import { FabricError, nearest } from '../errors.ts';
import type { JsonObject } from '../log/change.ts';
import { presentNgsiLd } from '../mapping/ngsi-ld-document.ts';
import { compileMapping } from '../mapping/plan.ts';
import type { RecordRules } from '../write/record-quads.ts';

export interface Source {
  readonly config: SourceConfig;
  readonly rules: RecordRules;
}

export interface SourceServices {
  readonly readMapping: (nameOrPath: string) => TextFile;
  /** Digest of a text: the version of a mapping. */
  readonly digest: (text: string) => string;
  /** What beside the mapping decides which quads a record gives: the crosswalk. */
  readonly salt: string;
  /** Where relative IRIs of a mapping without a base of its own are resolved. */
  readonly baseIRI: string;
}

export class Sources {
  readonly #byName = new Map<string, Source>();

  /**
   * @param configs  shipped sources first; a later one of the same name takes the place of an earlier one
   * @throws FabricError `mapping-invalid`, `config-invalid`
   */
  constructor(configs: readonly SourceConfig[], services: SourceServices) {
    for (const config of configs) this.#byName.set(config.name, makeSource(config, services));
  }

  all(): Iterable<Source> {
    return this.#byName.values();
  }

  rules(name: string): RecordRules | undefined {
    return this.#byName.get(name)?.rules;
  }

  /** @throws FabricError `unknown-source` with the nearest name */
  get(name: string): Source {
    const source = this.#byName.get(name);
    if (source) return source;
    const near = nearest(name, this.#byName.keys());
    throw new FabricError('unknown-source', `Source "${name}" is not configured`, {
      extensions: {
        supported: [...this.#byName.keys()],
        ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
      },
    });
  }
}

const asItIs = (_key: string, value: JsonObject): JsonObject => value;

function makeSource(config: SourceConfig, services: SourceServices): Source {
  const mapping = services.readMapping(config.mapping);
  return {
    config,
    rules: {
      name: config.name,
      precedence: config.precedence,
      policy: config.policy,
      plan: compileMapping(mapping.text, { name: mapping.name, baseIRI: services.baseIRI }),
      mappingVersion: services.digest(services.salt + mapping.text),
      present: config.format === 'json' ? asItIs : presentNgsiLd,
      ttlMs: config.ttlSeconds === undefined ? undefined : config.ttlSeconds * 1000,
    },
  };
}
