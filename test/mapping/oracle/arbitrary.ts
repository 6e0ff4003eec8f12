/**
 * Random mappings with random data: what every engine here has to agree on.
 *
 * Few names and few values, so that joins meet and terms repeat; the values are the ones that break engines.
 */
import fc from 'fast-check';
import { csvSource, type Formulation, jsonSource, NAMES, type Source, text } from './arbitrary-data.ts';

export interface Scenario {
  /** Turtle. */
  readonly mapping: string;
  /** Texts by location. */
  readonly sources: Readonly<Record<string, string>>;
  readonly baseIRI?: string;
}

export interface ScenarioOptions {
  /** What the sources are read by; both unless told otherwise. */
  readonly formulations?: readonly Formulation[];
  /** Whether triples maps may refer to one another. */
  readonly joins?: boolean;
}

const PREFIXES = `@prefix rml: <http://w3id.org/rml/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://ex.org/> .
`;

/** A text as a Turtle literal; JSON's escapes are Turtle's. */
const quoted = (text: string): string => JSON.stringify(text);

// ---- term maps ----

const JSON_REFERENCES = [
  'id',
  'id',
  'a',
  '$.a',
  "['b c']",
  "$['x{y}']",
  'é',
  'l[*]',
  '$.l[*]',
  'l[0]',
  'n.m',
  'missing',
  'l',
  '$.n[*]',
] as const; // prettier-ignore

const reference = (formulation: Formulation): fc.Arbitrary<string> =>
  formulation === 'JSON'
    ? fc.constantFrom(...JSON_REFERENCES)
    : fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom('id', ...NAMES) },
        { weight: 1, arbitrary: fc.constant('missing') },
      );

const escaped = (part: string): string => part.replace(/[\\{}]/g, '\\$&');

/** A template: a start, then references with texts after them. */
const template = (
  formulation: Formulation,
  starts: readonly string[],
  texts: readonly string[],
): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...starts),
      fc.array(fc.tuple(reference(formulation), fc.constantFrom(...texts)), { minLength: 1, maxLength: 3 }),
    )
    .map(([start, parts]) => {
      const rest = parts.map(([name, after]) => `{${escaped(name)}}${escaped(after)}`);
      return `rml:template ${quoted(escaped(start) + rest.join(''))}`;
    });

const IRI_STARTS = ['http://ex.org/', 'http://ex.org/', 'http://ex.org/é#', 'urn:x:', '', 'rel/'];
const IRI_TEXTS = ['', '-', '/', '/x%20', '?k=', '&', '~'];
const LITERAL_TEXTS = ['', ' ', '{', '}', '\\', '"', '\n', '😀', ' - '];

const byReference = (formulation: Formulation): fc.Arbitrary<string> =>
  reference(formulation).map((name) => `rml:reference ${quoted(name)}`);

const iriType = fc.constantFrom(
  '',
  '',
  '',
  ' ; rml:termType rml:IRI',
  ' ; rml:termType rml:URI',
  ' ; rml:termType rml:UnsafeIRI',
);
const needsType = fc.constantFrom(' ; rml:termType rml:IRI', ' ; rml:termType rml:URI');

const iriMap = (formulation: Formulation): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: concat(template(formulation, IRI_STARTS, IRI_TEXTS), iriType) },
    { weight: 2, arbitrary: concat(byReference(formulation), needsType) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('rml:constant ex:c', 'rml:constant ex:d ; rml:termType rml:IRI'),
    },
  );

const blankMap = (formulation: Formulation): fc.Arbitrary<string> =>
  fc.oneof(
    concat(
      fc.oneof(template(formulation, ['', 'b'], ['', '-', ' ']), byReference(formulation)),
      fc.constant(' ; rml:termType rml:BlankNode'),
    ),
    fc.constant('rml:termType rml:BlankNode'),
  );

const DATATYPES = [
  'integer',
  'decimal',
  'double',
  'boolean',
  'date',
  'time',
  'dateTime',
  'hexBinary',
  'string',
  'anyURI',
];

const qualifier = (formulation: Formulation): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...DATATYPES).map((name) => ` ; rml:datatype xsd:${name}`),
    template(formulation, ['http://ex.org/'], ['', '-']).map((map) => ` ; rml:datatypeMap [ ${map} ]`),
    fc.constantFrom('en', 'de-AT').map((tag) => ` ; rml:language "${tag}"`),
    byReference(formulation).map((map) => ` ; rml:languageMap [ ${map} ]`),
    template(formulation, ['en-'], ['']).map((map) => ` ; rml:languageMap [ ${map} ]`),
  );

const literalMap = (formulation: Formulation): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: byReference(formulation) },
    { weight: 3, arbitrary: concat(byReference(formulation), qualifier(formulation)) },
    {
      weight: 2,
      arbitrary: concat(
        template(formulation, ['', 'x', '{'], LITERAL_TEXTS),
        fc.oneof(fc.constant(' ; rml:termType rml:Literal'), qualifier(formulation)),
      ),
    },
    { weight: 1, arbitrary: text.map((value) => `rml:constant ${quoted(value)}`) },
    { weight: 1, arbitrary: fc.constantFrom('rml:constant "5"^^xsd:integer', 'rml:constant "x"@en-GB') },
  );

const concat = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));

const graphs = (formulation: Formulation): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(' ; rml:graph ex:g', ' ; rml:graph ex:h', ' ; rml:graph rml:defaultGraph'),
        iriMap(formulation).map((map) => ` ; rml:graphMap [ ${map} ]`),
        template(formulation, ['g'], ['']).map(
          (map) => ` ; rml:graphMap [ ${map} ; rml:termType rml:BlankNode ]`,
        ),
      ),
      { maxLength: 2 },
    )
    .map((list) => (list.length === 2 && list[0] === list[1] ? list[0]! : list.join('')));

// ---- triples maps ----

/** A side of a join condition. */
const side = (name: 'child' | 'parent', formulation: Formulation): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: reference(formulation).map((path) => `rml:${name} ${quoted(path)}`) },
    {
      weight: 1,
      arbitrary: fc
        .oneof(
          template(formulation, ['', 'k'], ['', '-', '%']),
          byReference(formulation),
          fc.constant('rml:constant "a"'),
        )
        .map((map) => `rml:${name}Map [ ${map} ]`),
    },
  );

interface Drawn {
  readonly index: number;
  readonly of: number;
  readonly own: Source;
  /** The source of each triples map. */
  readonly sources: readonly Source[];
  readonly joins: boolean;
}

const refObject = ({ own, of, sources }: Drawn): fc.Arbitrary<string> =>
  fc.nat(of - 1).chain((parent) => {
    const other = sources[parent]!;
    const condition = concat(
      fc.constant(' ; rml:joinCondition [ '),
      side('child', own.formulation),
      fc.constant(' ; '),
      side('parent', other.formulation),
      fc.constant(' ]'),
    );
    const conditions = fc.array(condition, { minLength: other === own ? 0 : 1, maxLength: 2 });
    return conditions.map((list) => `rml:objectMap [ rml:parentTriplesMap ex:map${parent}${list.join('')} ]`);
  });

const predicateObject = (drawn: Drawn): fc.Arbitrary<string> => {
  const { formulation } = drawn.own;
  const predicate = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('rml:predicate ex:p', 'rml:predicate ex:q', 'rml:predicate ex:p, ex:q'),
    },
    { weight: 1, arbitrary: iriMap(formulation).map((map) => `rml:predicateMap [ ${map} ]`) },
  );
  const object = fc.oneof(
    { weight: 5, arbitrary: literalMap(formulation).map((map) => `rml:objectMap [ ${map} ]`) },
    { weight: 3, arbitrary: iriMap(formulation).map((map) => `rml:objectMap [ ${withType(map)} ]`) },
    { weight: 1, arbitrary: blankMap(formulation).map((map) => `rml:objectMap [ ${map} ]`) },
    { weight: 1, arbitrary: fc.constantFrom('rml:object ex:o', 'rml:object "o"', 'rml:object 5') },
    ...(drawn.joins ? [{ weight: 4, arbitrary: refObject(drawn) }] : []),
  );
  return concat(
    fc.constant(' ;\n  rml:predicateObjectMap [ '),
    predicate,
    fc.constant(' ; '),
    fc.array(object, { minLength: 1, maxLength: 2 }).map((list) => list.join(' ; ')),
    graphs(formulation),
    fc.constant(' ]'),
  );
};

/** A reference makes a literal unless it says otherwise; a template an IRI. */
const withType = (map: string): string =>
  map.startsWith('rml:template') || map.includes('termType') ? map : `${map} ; rml:termType rml:IRI`;

const triplesMap = (drawn: Drawn): fc.Arbitrary<string> => {
  const { own, index } = drawn;
  const subject = fc.oneof(
    { weight: 5, arbitrary: iriMap(own.formulation) },
    { weight: 1, arbitrary: blankMap(own.formulation) },
  );
  return concat(
    fc.constant(`ex:map${index} a rml:TriplesMap ;\n  rml:logicalSource ${own.turtle}`),
    fc.constantFrom('', '', '', ' ; rml:baseIRI <http://base.org/b/>'),
    fc.constant(' ;\n  rml:subjectMap [ '),
    subject,
    fc.constantFrom('', ' ; rml:class ex:C', ' ; rml:class ex:C, ex:D'),
    graphs(own.formulation),
    fc.constant(' ]'),
    fc.array(predicateObject(drawn), { minLength: 1, maxLength: 3 }).map((list) => list.join('')),
    fc.constant(' .\n'),
  );
};

/** Mappings of one to three triples maps over one or two sources. */
export function scenarios({
  formulations = ['JSON', 'CSV'],
  joins = true,
}: ScenarioOptions = {}): fc.Arbitrary<Scenario> {
  const source = (location: string): fc.Arbitrary<Source> =>
    fc.oneof(
      ...formulations.map((formulation) =>
        formulation === 'JSON' ? jsonSource(`${location}.json`) : csvSource(`${location}.csv`),
      ),
    );
  return fc
    .tuple(source('one'), source('two'), fc.array(fc.nat(1), { minLength: 1, maxLength: 3 }))
    .chain(([one, two, picks]) => {
      const own = picks.map((pick) => (pick === 0 ? one : two));
      const maps = own.map((each, index) =>
        triplesMap({ index, of: own.length, own: each, sources: own, joins }),
      );
      return fc
        .tuple(concat(...maps), fc.constantFrom(undefined, 'http://run.org/'))
        .map(([text, baseIRI]) => ({
          mapping: PREFIXES + text,
          sources: { [one.location]: one.text, [two.location]: two.text },
          ...(baseIRI === undefined ? {} : { baseIRI }),
        }));
    });
}
