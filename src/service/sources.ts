/**
 * The sources of a fabric, ready to use: settings, compiled mapping, and the rules for their records.
 *
 * The mapping of a source may be replaced while the fabric runs; whoever asks for rules gets those in force.
 */

import type { TextFile } from '../assets.ts';
import type { SourceConfig } from '../config.ts';
import { FabricError, nearest } from '../errors.ts';
import type { JsonObject } from '../log/change.ts';
import type { FunctionDescription } from '../mapping/function/function.ts';
import { mappingContent } from '../mapping/live/rule-content.ts';
import { presentNgsiLd } from '../mapping/ngsi-ld-document.ts';
import { type MappingFormat, mappingFormatOf } from '../mapping/parse/syntax.ts';
import { readTurtle } from '../mapping/parse/turtle.ts';
import { readYarrrml } from '../mapping/parse/yarrrml.ts';
import { compileMapping, type MappingPlan } from '../mapping/plan.ts';
import type { RecordRules } from '../write/record-quads.ts';

/** A mapping document with what it is written in. */
export interface MappingFile extends TextFile {
  readonly format: MappingFormat;
}

export interface Source {
  readonly config: SourceConfig;
  readonly rules: RecordRules;
  /** The mapping in force, as it is written. */
  readonly mapping: MappingFile;
  /** Whether it was given to the running fabric, in the place of the configured one. */
  readonly reloaded: boolean;
}

export interface SourceServices {
  /** The configured mapping. */
  readonly readMapping: (nameOrPath: string) => TextFile;
  /** The mapping that was given to the fabric for a source; undefined: the configured one holds. */
  readonly givenMapping: (source: string) => MappingFile | undefined;
  /** Digest of a text: the version of a mapping. */
  readonly digest: (text: string) => string;
  /** What beside the mapping decides which quads a record gives: the crosswalk and the user's functions. */
  readonly salt: string;
  /** Functions that mappings may call beside the built-in ones. */
  readonly functions: readonly FunctionDescription[];
  /** Where relative IRIs of a mapping without a base of its own are resolved. */
  readonly baseIRI: string;
}

export class Sources {
  readonly #byName = new Map<string, Source>();
  readonly #services: SourceServices;

  /**
   * @param configs  shipped sources first; a later one of the same name takes the place of an earlier one
   * @throws FabricError `mapping-invalid`, `config-invalid`
   */
  constructor(configs: readonly SourceConfig[], services: SourceServices) {
    this.#services = services;
    const byName = new Map(configs.map((config) => [config.name, config]));
    for (const config of byName.values()) {
      const given = services.givenMapping(config.name);
      const mapping = given ?? configured(config, services);
      this.#byName.set(config.name, makeSource(config, mapping, given !== undefined, services));
    }
    for (const source of this.#byName.values()) this.#check(source);
  }

  /**
   * A source with another mapping, not in force yet.
   *
   * @param mapping  undefined: the configured one
   * @throws FabricError `unknown-source`, `syntax-error`, `mapping-invalid`
   */
  withMapping(name: string, mapping: MappingFile | undefined): Source {
    const { config } = this.get(name);
    const file = mapping ?? configured(config, this.#services);
    const source = makeSource(config, file, mapping !== undefined, this.#services);
    this.#check(source);
    return source;
  }

  /** Puts a source in force. */
  replace(source: Source): void {
    this.#byName.set(source.config.name, source);
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

  /** Refuses joins that no record could ever answer. */
  #check({ config, rules: { plan } }: Source): void {
    for (const { source: logical, rules } of plan.groups) {
      const { description, place } = logical;
      if (description.kind !== 'records' || description.source === undefined) continue;
      const parents = description.source;
      if (!this.#byName.has(parents)) {
        const near = nearest(parents, this.#byName.keys());
        const hint = near === undefined ? '' : `; did you mean "${near}"?`;
        place.refuse(`reads the records of "${parents}", which is no configured source${hint}`, 'source');
      }
      if (parents === config.name) continue;
      for (const { index } of rules) {
        const { subject } = plan.triplesMaps[index]!;
        if (subject.expression.kind === 'fresh') {
          subject.place.refuse(
            `makes a blank node of its own for records of "${parents}", which cannot be joined with: only the mapping of that source knows its name`,
          );
        }
      }
    }
  }
}

/** The configured mapping; YARRRML by the ending of its name. */
function configured({ mapping }: SourceConfig, { readMapping }: SourceServices): MappingFile {
  const file = readMapping(mapping);
  return { ...file, format: mappingFormatOf(file.name) };
}

const SYNTAXES = { turtle: readTurtle, yarrrml: readYarrrml };

const asItIs = (_key: string, value: JsonObject): JsonObject => value;

function makeSource(
  config: SourceConfig,
  mapping: MappingFile,
  reloaded: boolean,
  services: SourceServices,
): Source {
  const { name } = config;
  const { baseIRI, functions } = services;
  const { text, name: document, format } = mapping;
  const plan = compileMapping(text, { name: document, baseIRI, functions, syntax: SYNTAXES[format] });
  return {
    config,
    mapping,
    reloaded,
    rules: {
      name,
      precedence: config.precedence,
      policy: config.policy,
      plan,
      mappingVersion: versionOf(plan, services),
      present: config.format === 'json' ? asItIs : presentNgsiLd,
      reads: ({ description }) =>
        description.kind !== 'records' || description.source === undefined || description.source === name,
      ttlMs: config.ttlSeconds === undefined ? undefined : config.ttlSeconds * 1000,
    },
  };
}

/** Comments and the order of triples maps are no part of the version: they change no quad. */
const versionOf = ({ triplesMaps }: MappingPlan, { digest, salt }: SourceServices): string =>
  digest(salt + mappingContent(triplesMaps));
