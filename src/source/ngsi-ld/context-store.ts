/**
 * JSON-LD contexts, compiled once and then a look-up: no record of a known context costs any JSON-LD work.
 *
 * Contexts come from the shipped term tables and from configuration. Nothing is ever fetched: an address
 * that is not known is refused by name.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FabricError, messageOf } from '../../errors.ts';
import type { Json, JsonObject } from '../../mapping/record.ts';
import { isObject } from '../json-object.ts';
import { type ActiveContext, CompiledContext } from './compiled-context.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'ontology', 'contexts');

/** Every edition of the core context means the shipped one: a client cannot redefine core terms (GS CIM 009, 5.5.7). */
const CORE = /^https?:\/\/uri\.etsi\.org\/ngsi-ld\/v\d[\w.]*\/ngsi-ld-core-context(?:-v[\d.]+)?\.jsonld$/;

/** Addresses under which the context of Smart Data Models' dataModel.IT is named. */
const SDM_IT = new Set([
  'https://smartdatamodels.org/context.jsonld',
  'https://smart-data-models.github.io/dataModel.IT/context.jsonld',
  'https://raw.githubusercontent.com/smart-data-models/dataModel.IT/master/context.jsonld',
]);

/** Of these, the shipped table is a part only: they carry the terms of all other data models as well. */
const PARTIAL = new Set(['https://smartdatamodels.org/context.jsonld']);

/** Contexts that are kept compiled; a sender can invent any number of inline ones. */
const COMPILED_MAX = 256;
const INLINE_CHARACTERS_MAX = 64 * 1024;

export class ContextStore {
  readonly #configured: ReadonlyMap<string, Json>;
  readonly #compiled = new Map<string, CompiledContext | Promise<CompiledContext>>();

  /** @param configured  documents by address, each `{ "@context": … }` or the context itself */
  constructor(configured: Readonly<Record<string, Json>> = {}) {
    this.#configured = new Map(Object.entries(configured));
  }

  /**
   * The compiled form of a `@context`, of an address from a `Link` header, or of none (the core context).
   * A promise only the first time a context is seen.
   *
   * @throws FabricError `origin-refused` for an address that is neither shipped nor configured;
   *   `record-invalid` for a context that JSON-LD refuses
   */
  get(context: Json | undefined): CompiledContext | Promise<CompiledContext> {
    const key = context === undefined ? '' : typeof context === 'string' ? context : JSON.stringify(context);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    if (key.length > INLINE_CHARACTERS_MAX) {
      throw new FabricError('record-invalid', `Context of ${key.length} characters is too long`);
    }
    const compiling = this.#compile(context ?? null);
    if (this.#compiled.size >= COMPILED_MAX) this.#compiled.delete(this.#compiled.keys().next().value!);
    this.#compiled.set(key, compiling);
    compiling.then(
      (done) => this.#compiled.set(key, done),
      () => this.#compiled.delete(key),
    );
    return compiling;
  }

  async #compile(context: Json): Promise<CompiledContext> {
    const parts: JsonObject[] = [];
    const partial = this.#resolve(context, parts, 0);
    // The core context goes last, so that it wins.
    const active = await process([...parts, shipped('ngsi-ld-core.jsonld')]);
    return new CompiledContext(active, partial);
  }

  /** Flattens arrays and addresses into `into`; answers the address of which only a part is known. */
  #resolve(context: Json, into: JsonObject[], depth: number): string | undefined {
    if (depth > 8)
      throw new FabricError('record-invalid', 'Context refers to contexts more than 8 levels deep');
    if (context === null) return undefined;
    if (typeof context === 'string') return this.#resolveAddress(context, into, depth);
    if (isObject(context)) {
      const inner = context['@context'];
      if (inner !== undefined) return this.#resolve(inner, into, depth + 1);
      into.push(context);
      return undefined;
    }
    if (!Array.isArray(context)) {
      throw new FabricError(
        'record-invalid',
        'Context is neither an address nor an object nor a list of them',
      );
    }
    let partial: string | undefined;
    for (const part of context as readonly Json[]) partial = this.#resolve(part, into, depth + 1) ?? partial;
    return partial;
  }

  #resolveAddress(address: string, into: JsonObject[], depth: number): string | undefined {
    const configured = this.#configured.get(address);
    if (configured !== undefined) return this.#resolve(configured, into, depth + 1);
    if (CORE.test(address)) return undefined;
    if (!SDM_IT.has(address)) throw unknownContext(address);
    into.push(shipped('sdm-it.jsonld'));
    return PARTIAL.has(address) ? address : undefined;
  }
}

function unknownContext(address: string): FabricError {
  return new FabricError(
    'origin-refused',
    `Context ${address} is neither shipped nor configured, and nothing is fetched`,
    { extensions: { context: address } },
  );
}

const tables = new Map<string, JsonObject>();

function shipped(file: string): JsonObject {
  let table = tables.get(file);
  if (table === undefined) {
    const document = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { '@context': JsonObject };
    table = document['@context'];
    tables.set(file, table);
  }
  return table;
}

/** What we use of `jsonld` beside its declared types. */
interface Processor {
  processContext(active: ActiveContext | null, local: Json, options: object): Promise<ActiveContext>;
}

/** JSON-LD 1.1 API, 4.1 Context Processing, by the library; loaded only when a context is compiled. */
async function process(contexts: readonly JsonObject[]): Promise<ActiveContext> {
  // The published types leave context processing out.
  const { default: jsonld } = (await import('jsonld')) as unknown as { default: Processor };
  let refused: FabricError | undefined;
  const documentLoader = (address: string): Promise<never> => {
    refused = unknownContext(address);
    return Promise.reject(refused);
  };
  try {
    const initial = await jsonld.processContext(null, null, {});
    return await jsonld.processContext(initial, contexts, { documentLoader });
  } catch (thrown) {
    throw refused ?? new FabricError('record-invalid', `Context is refused by JSON-LD: ${messageOf(thrown)}`);
  }
}
