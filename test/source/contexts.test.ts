import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import jsonld from 'jsonld';
import { FabricError } from '../../src/errors.ts';
import type { Json } from '../../src/mapping/record.ts';
import { ContextStore } from '../../src/source/ngsi-ld/context-store.ts';
import { describeWithData, readData } from '../data.ts';

type Context = Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;

const shipped = (file: string): Context =>
  contextIn(readFileSync(join(import.meta.dirname, '..', '..', 'ontology', 'contexts', file), 'utf8'));

/** Some of the shared files have their address before the document. */
const contextIn = (text: string): Context =>
  (JSON.parse(text.slice(text.indexOf('{'))) as { '@context': Context })['@context'];

const core = shipped('ngsi-ld-core.jsonld');
const sdm = shipped('sdm-it.jsonld');

const GOES_TO_DEFAULT = 'later editions send it to the default context, and live data relies on that';
const MOVED = 'later editions define it elsewhere';
const RELATIVE = 'this edition gives a relative IRI, which later ones mend';

/** What each published table has and ours has not, with the reason. */
const TABLES: readonly {
  file: readonly string[];
  ours: Context;
  leftOut: Readonly<Record<string, string>>;
}[] = [
  {
    file: ['jsonld-contexts', 'ngsi-ld-core-context-v1.9.jsonld'],
    ours: core,
    leftOut: {
      '@protected':
        'the core context is put last instead, which has the same effect without refusing senders',
    },
  },
  {
    file: ['jsonld-contexts', 'ngsi-ld-core-context-v1.4.jsonld'],
    ours: core,
    leftOut: { attributeCount: RELATIVE, attributeDetails: RELATIVE },
  },
  {
    file: ['jsonld-contexts', 'ngsi-ld-core-context-v1.3.jsonld'],
    ours: core,
    leftOut: { attributeCount: RELATIVE, attributeDetails: RELATIVE },
  },
  {
    file: ['jsonld-contexts', 'ngsi-ld-core-context-v1.0.jsonld'],
    ours: core,
    leftOut: {
      name: GOES_TO_DEFAULT,
      expires: GOES_TO_DEFAULT,
      relationships: GOES_TO_DEFAULT,
      start: GOES_TO_DEFAULT,
      end: GOES_TO_DEFAULT,
      time: GOES_TO_DEFAULT,
      endTime: GOES_TO_DEFAULT,
      title: MOVED,
      description: MOVED,
      properties: MOVED,
      geometry: MOVED,
      coordinates: MOVED,
    },
  },
  { file: ['aeros', 'payloads', 'sdm-dataModel.IT-context.jsonld'], ours: sdm, leftOut: {} },
];

function iriOf(context: Context, term: string): string {
  const definition = context[term];
  const iri = typeof definition === 'string' ? definition : String(definition?.['@id']);
  const [prefix = '', ...rest] = iri.split(':');
  const expansion = context[prefix];
  return rest.length > 0 && typeof expansion === 'string' && expansion !== iri
    ? expansion + rest.join(':')
    : iri;
}

describeWithData('source: shipped term tables', () => {
  for (const { file, ours, leftOut } of TABLES) {
    it(`say what ${file.at(-1)} says, term by term`, () => {
      const theirs = contextIn(readData(...file));
      const terms = Object.keys(theirs);
      assert.ok(terms.length > 50);
      const different = terms.filter((term) =>
        term === '@vocab' || term === '@version'
          ? ours[term] !== theirs[term]
          : !(term in ours) || iriOf(ours, term) !== iriOf(theirs, term),
      );
      assert.deepEqual(different.sort(), Object.keys(leftOut).sort());
    });
  }

  it('say how values of the newest core terms are read, but for the proof, which stays opaque', () => {
    const theirs = contextIn(readData('jsonld-contexts', 'ngsi-ld-core-context-v1.9.jsonld'));
    for (const [term, definition] of Object.entries(theirs)) {
      if (typeof definition === 'string' || term === 'ngsildproof' || term.startsWith('@')) continue;
      const ours = core[term] as Readonly<Record<string, unknown>>;
      assert.deepEqual(
        [ours['@type'], ours['@container']],
        [definition['@type'], definition['@container']],
        term,
      );
    }
  });

  it('name nothing of their own but prefixes', () => {
    const core19 = contextIn(readData('jsonld-contexts', 'ngsi-ld-core-context-v1.9.jsonld'));
    const it = contextIn(readData('aeros', 'payloads', 'sdm-dataModel.IT-context.jsonld'));
    assert.deepEqual(
      Object.keys(core).filter((term) => !(term in core19)),
      [],
    );
    assert.deepEqual(
      Object.keys(sdm).filter((term) => !(term in it)),
      ['sdm-it', 'sdm', 'dct', 'geojson'],
    );
  });
});

describe('source: contexts', () => {
  const expand = async (context: Json | undefined, name: string): Promise<string | undefined> => {
    const expanded = (await new ContextStore().get(context)).expand(name);
    return expanded.kind === 'iri' ? expanded.iri : undefined;
  };
  const ours = { '@context': { cf: 'https://w3id.org/continuum-fabric/ns#', mem: 'cf:memory', gone: null } };

  const CASES: readonly [string, Json | undefined, string, string | undefined][] = [
    [
      'none is the core context',
      undefined,
      'availableRam',
      'https://uri.etsi.org/ngsi-ld/default-context/availableRam',
    ],
    ['core terms', undefined, 'location', 'https://uri.etsi.org/ngsi-ld/location'],
    [
      'full IRIs stand',
      undefined,
      'https://w3id.org/aerOS/continuum#domain',
      'https://w3id.org/aerOS/continuum#domain',
    ],
    [
      'a known address',
      'https://smartdatamodels.org/context.jsonld',
      'gpu',
      'https://smartdatamodels.org/dataModel.IT/gpu',
    ],
    [
      'in a list',
      ['https://smartdatamodels.org/context.jsonld'],
      'owner',
      'https://smartdatamodels.org/owner',
    ],
    [
      'any edition of core',
      'http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld',
      'x',
      'https://uri.etsi.org/ngsi-ld/default-context/x',
    ],
    [
      'core wins over an inline context',
      { location: 'urn:x:location' },
      'location',
      'https://uri.etsi.org/ngsi-ld/location',
    ],
    ['core wins over @vocab', { '@vocab': 'urn:x:' }, 'y', 'https://uri.etsi.org/ngsi-ld/default-context/y'],
    ['inline terms', ours, 'mem', 'https://w3id.org/continuum-fabric/ns#memory'],
    ['prefixes', ours, 'cf:disk', 'https://w3id.org/continuum-fabric/ns#disk'],
    ['terms taken out', ours, 'gone', undefined],
    ['what only looks like a keyword', undefined, '@foo', undefined],
    ['names that make no IRI', undefined, 'two words', undefined],
    [
      'names of object prototypes',
      undefined,
      '__proto__',
      'https://uri.etsi.org/ngsi-ld/default-context/__proto__',
    ],
  ];
  for (const [title, context, name, iri] of CASES) {
    it(`expand ${title}`, async () => {
      assert.equal(await expand(context, name), iri);
    });
  }

  it('come from configuration by their address', async () => {
    const store = new ContextStore({ 'https://example.org/c': { '@context': { a: 'urn:x:a' } } });
    const expanded = (await store.get(['https://example.org/c'])).expand('a');
    assert.equal(expanded.kind === 'iri' && expanded.iri, 'urn:x:a');
  });

  const REFUSED: readonly [string, Json, string, RegExp][] = [
    ['an unknown address', 'https://example.org/c', 'origin-refused', /https:\/\/example\.org\/c/],
    [
      'an unknown address in a scoped context',
      { a: { '@id': 'urn:a', '@context': 'https://example.org/d' } },
      'origin-refused',
      /example\.org\/d/,
    ],
    [
      'an imported address',
      { '@version': 1.1, '@import': 'https://example.org/e' },
      'origin-refused',
      /example\.org\/e/,
    ],
    ['what JSON-LD refuses', { '@vocab': 5 }, 'record-invalid', /JSON-LD/],
    ['what is no context', 5, 'record-invalid', /neither/],
  ];
  for (const [title, context, type, message] of REFUSED) {
    it(`refuse ${title}`, async () => {
      await assert.rejects(
        async () => new ContextStore().get(context),
        (error) => error instanceof FabricError && error.type === type && message.test(error.message),
      );
    });
  }

  it('expand names as the JSON-LD library does', async () => {
    const user = {
      ex: 'https://example.org/',
      term: 'ex:Term',
      aliased: { '@id': 'ex:aliased', '@type': '@id' },
    };
    // What was parsed from JSON is JSON; `Context` says less so that its members can be read.
    const context = [user, core] as unknown as Json;
    const store = new ContextStore();
    const names = fc.oneof(
      fc.constantFrom(
        ...Object.keys(core).filter((term) => !term.startsWith('@') && term !== 'id' && term !== 'type'),
      ),
      fc.constantFrom(
        'term',
        'aliased',
        'ex:other',
        'ex:',
        'unknown:x',
        'urn:a:b',
        'a.b',
        'ngsi-ld:foo',
        'ex://host/x',
        'ex:a:b',
        'geojson:Point',
      ),
      fc.stringMatching(/^[A-Za-z_][\w.-]{0,12}$/),
    );
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const [node] = await jsonld.expand({
          '@context': context,
          [name]: { '@value': 'v' },
        } as jsonld.JsonLdDocument);
        const theirs = Object.keys(node ?? {})[0];
        const expanded = (await store.get(user)).expand(name);
        // a term of type @json or with a language container drops or wraps the probe, not its name
        if (theirs === undefined) return;
        compared++;
        assert.equal(expanded.kind === 'iri' ? expanded.iri : undefined, theirs);
      }),
      { numRuns: 150 },
    );
    assert.ok(compared > 75, `only ${compared} compared`);
  });
});
