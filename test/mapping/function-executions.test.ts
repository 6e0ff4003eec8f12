import { checkMapping, checkRefusal, csvMap, jsonMap } from './check.ts';

const UPPER =
  'rml:function grel:toUpperCase ; rml:input [ rml:parameter grel:valueParam ; rml:inputValueMap [ rml:reference "v" ] ]';
const EQUAL = (value: string): string =>
  `rml:functionExecution [ rml:function idlab:equal ; rml:input [ rml:parameter grel:valueParam ; rml:inputValueMap [ rml:reference "v" ] ] , [ rml:parameter grel:valueParam2 ; rml:inputValue "${value}" ] ]`;

const PEOPLE = { 'people.json': JSON.stringify([{ id: 1, v: 'x' }, { id: 2, v: 'y' }, { id: 3 }]) };

describe('function executions in mappings', () => {
  it('nest, in parameters and values, with templates and constants of any kind', async () => {
    await checkMapping({
      mapping: jsonMap(`rml:functionExecution [ rml:function grel:array_join ;
        rml:input [ rml:parameter grel:param_a ; rml:inputValueMap [ rml:functionExecution [ ${UPPER} ] ] ] ,
          [ rml:parameter grel:param_a ; rml:inputValueMap [ rml:template "<{id}>" ] ] ,
          [ rml:parameter grel:param_a ; rml:inputValue 5 ] ,
          [ rml:parameter grel:param_string_sep ; rml:inputValue "+" ] ] ; rml:return grel:stringOut`),
      sources: PEOPLE,
      expected: 'ex:1 ex:p "X+<1>+5" . ex:2 ex:p "Y+<2>+5" . ex:3 ex:p "<3>+5" .',
    });
  });

  it('are called for every combination of values of parameters that take one', async () => {
    await checkMapping({
      mapping: jsonMap(`rml:functionExecution [ rml:function grel:string_replace ;
        rml:input [ rml:parameter grel:valueParam ; rml:inputValueMap [ rml:reference "v[*]" ] ] ,
          [ rml:parameter grel:param_find ; rml:inputValue "a" ] ,
          [ rml:parameter grel:param_replace ; rml:inputValueMap [ rml:reference "w[*]" ] ] ]`),
      sources: { 'people.json': '[{"id":1,"v":["1a","2a"],"w":["b","c"]},{"id":2,"v":"a","w":[]}]' },
      expected: 'ex:1 ex:p "1b", "1c", "2b", "2c" .',
    });
  });

  it('may be named by the data', async () => {
    await checkMapping({
      mapping:
        jsonMap(`rml:functionExecution [ rml:functionMap [ rml:template "http://users.ugent.be/~bjdmeest/function/grel.ttl#{f}" ; rml:termType rml:UnsafeIRI ] ;
        rml:input [ rml:parameterMap [ rml:constant grel:valueParameter ] ; rml:inputValueMap [ rml:reference "v" ] ] ]`),
      sources: {
        'people.json':
          '[{"id":1,"f":"toUpperCase","v":"aB"},{"id":2,"f":"toLowerCase","v":"aB"},{"id":3,"f":"toMyCase","v":"aB"}]',
      },
      strict: false,
      expected: 'ex:1 ex:p "AB" . ex:2 ex:p "ab" .',
      codes: ['function-unknown'],
    });
  });

  it('make IRIs, blank nodes, datatypes, languages and sides of joins', async () => {
    const upper = `rml:functionExecution [ ${UPPER} ]`;
    await checkMapping({
      mapping: `
ex:map rml:logicalSource ex:source ; rml:subjectMap [ ${upper} ] ;
  rml:predicateObjectMap [ rml:predicate ex:type ; rml:objectMap [ rml:reference "id" ; rml:datatypeMap [ ${upper} ] ] ] ,
    [ rml:predicate ex:label ; rml:objectMap [ rml:constant "a" ; rml:languageMap [ ${upper} ] ] ] ,
    [ rml:predicate ex:node ; rml:objectMap [ ${upper} ; rml:termType rml:BlankNode ] ] ,
    [ rml:predicate ex:same ; rml:objectMap [ rml:parentTriplesMap ex:map ;
      rml:joinCondition [ rml:childMap [ ${upper} ] ; rml:parentMap [ ${upper} ] ] ] ] .
ex:source rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" .`,
      sources: { 'people.json': '[{"id":1,"v":"en"}]' },
      baseIRI: 'http://ex.org/',
      expected: 'ex:EN ex:type "1"^^ex:EN ; ex:label "a"@EN ; ex:node _:n ; ex:same ex:EN .',
    });
  });

  it('keep what the older vocabulary means', async () => {
    const legacy = (object: string): string => `
ex:map old:logicalSource [ old:source "people.csv" ; old:referenceFormulation ql:CSV ] ; rr:subjectMap [ rr:template "http://ex.org/{id}" ] ;
  rr:predicateObjectMap [ rr:predicate ex:p ; rr:objectMap [ ${object} ] ] .
ex:upper old:logicalSource [ old:source "people.csv" ; old:referenceFormulation ql:CSV ] ;
  rr:predicateObjectMap [ rr:predicate fno:executes ; rr:objectMap [ rr:constant grel:toUpperCase ] ] ,
    [ rr:predicate grel:valueParameter ; rr:objectMap [ old:reference "v" ] ] .`;
    const sources = { 'people.csv': 'id,v\n1,x\n2,y\n' };
    await checkMapping({
      mapping: legacy('fnml:functionValue ex:upper'),
      sources,
      expected: 'ex:1 ex:p "X" . ex:2 ex:p "Y" .',
    });
    await checkMapping({
      mapping: legacy(`fnml:functionValue [
        rr:predicateObjectMap [ rr:predicateMap [ rr:constant fno:executes ] ; rr:object grel:string_length ] ,
          [ rr:predicate grel:valueParameter ; rr:objectMap [ fnml:functionValue ex:upper ] ] ] ; rr:datatype xsd:int`),
      sources,
      expected: 'ex:1 ex:p "1"^^xsd:int . ex:2 ex:p "1"^^xsd:int .',
    });
  });

  it('that fail cost only what they would have made', async () => {
    await checkMapping({
      mapping: `${csvMap(`rml:functionExecution [ rml:function grel:string_toNumber ;
        rml:input [ rml:parameter grel:param_any_e ; rml:inputValueMap [ rml:reference "v" ] ] ]`)}
        ex:map rml:predicateObjectMap [ rml:predicate ex:q ; rml:objectMap [ rml:reference "v" ] ] .`,
      sources: { 'people.csv': 'id,v\n1,5\n2,x\n' },
      strict: false,
      expected: 'ex:1 ex:p 5 ; ex:q "5" . ex:2 ex:q "x" .',
      codes: ['function-failed'],
    });
  });

  it('name function, line of the mapping and record when they fail', async () => {
    await checkRefusal(
      {
        mapping: csvMap(`
rml:functionExecution [ rml:function grel:string_toNumber ;
  rml:input [ rml:parameter grel:param_any_e ; rml:inputValueMap [ rml:reference "v" ] ] ]`),
        sources: { 'people.csv': 'id,v\n1,5\n2,x\n' },
      },
      {
        type: 'mapping-failed',
        message: /calls <.*#string_toNumber>, which failed: "x" is no number.*record 2/,
        line: 6,
      },
    );
  });
});

describe('conditions', () => {
  const conditions: Readonly<Record<string, readonly [mapping: string, expected: string]>> = {
    'of an object map': [jsonMap(`rml:reference "v" ; rml:condition [ ${EQUAL('x')} ]`), 'ex:1 ex:p "x" .'],
    'of a constant': [jsonMap(`rml:constant ex:c ; rml:condition [ ${EQUAL('y')} ]`), 'ex:2 ex:p ex:c .'],
    'of a subject map': [jsonMap('rml:constant 1', `; rml:condition [ ${EQUAL('x')} ]`), 'ex:1 ex:p 1 .'],
    'of a predicate-object map': [
      jsonMap('rml:constant 1').replace(
        'rml:predicate ex:p',
        `rml:condition [ ${EQUAL('x')} ] ; rml:predicate ex:p`,
      ),
      'ex:1 ex:p 1 .',
    ],
    'of a graph map': [
      jsonMap('rml:constant 1', `; rml:graphMap [ rml:constant ex:g ; rml:condition [ ${EQUAL('x')} ] ]`),
      'ex:g { ex:1 ex:p 1 }',
    ],
    'that all have to hold': [
      jsonMap(`rml:constant 1 ; rml:condition [ ${EQUAL('x')} ] , [ ${EQUAL('y')} ]`),
      '',
    ],
    'about values that are absent': [
      jsonMap(`rml:constant 1 ; rml:condition [ rml:functionExecution [ rml:function idlab:isNull ;
        rml:input [ rml:parameter idlab:_str ; rml:inputValueMap [ rml:reference "v" ] ] ] ; rml:return idlab:_boolOut ]`),
      'ex:3 ex:p 1 .',
    ],
  };
  for (const [title, [mapping, expected]] of Object.entries(conditions)) {
    it(title, async () => {
      await checkMapping({ mapping, sources: PEOPLE, expected });
    });
  }
});

const call = (execution: string, more = ''): string =>
  jsonMap(`rml:functionExecution [ ${execution} ]${more}`);

/** Lines count from the first of `jsonMap`, which is empty. */
const REFUSED: Readonly<Record<string, readonly [mapping: string, message: RegExp]>> = {
  'an unknown function': [
    call('rml:function grel:toUperCase'),
    /calls <.*#toUperCase>, which is no known function; did you mean <.*#toUpperCase>\?/,
  ],
  'an unknown parameter': [
    call(UPPER.replace('valueParam', 'valuParam')),
    /the parameter <.*#valuParam>, which it does not have; did you mean <.*#valueParam>\?/,
  ],
  'a missing parameter': [call('rml:function grel:toUpperCase'), /without its parameter <.*#valueParam>/],
  'a parameter twice': [
    call(`${UPPER} , [ rml:parameter grel:valueParameter ; rml:inputValue "a" ]`),
    /twice/,
  ],
  'an unknown output': [
    call(UPPER, ' ; rml:return grel:stringsOut'),
    /asks <.*> for <.*#stringsOut>, which it does not return; did you mean <.*#stringOut>\?/,
  ],
  'a return without a function': [
    jsonMap('rml:reference "v" ; rml:return grel:stringOut'),
    /rml:return without rml:functionExecution/,
  ],
  'a function beside a reference': [call(UPPER, ' ; rml:reference "v"'), /one is allowed/],
  'an execution without a function': [
    call('rml:input [ rml:parameter grel:valueParam ; rml:inputValue "a" ]'),
    /has no rml:function/,
  ],
  'an input without a value': [
    call('rml:function grel:toUpperCase ; rml:input [ rml:parameter grel:valueParam ]'),
    /neither rml:inputValue nor rml:inputValueMap/,
  ],
  'a condition that calls nothing': [
    jsonMap('rml:reference "v" ; rml:condition [ rml:return grel:stringOut ]'),
    /has no rml:functionExecution/,
  ],
  'a triples map that executes nothing': [
    jsonMap(
      'rml:functionExecution [ rml:predicateObjectMap [ rml:predicate grel:valueParam ; rml:object "a" ] ]',
    ),
    /has no predicate fno:executes/,
  ],
};

describe('function executions that are refused before anything is read', () => {
  for (const [title, [mapping, message]] of Object.entries(REFUSED)) {
    it(title, async () => {
      await checkRefusal({ mapping, sources: {} }, { type: 'mapping-invalid', message, line: 5 });
    });
  }

  it('an execution that is a part of itself', async () => {
    const mapping = `${jsonMap('rml:functionExecution ex:loop')}
ex:loop rml:function grel:toUpperCase ; rml:input [ rml:parameter grel:valueParam ; rml:inputValueMap ex:value ] .
ex:value rml:functionExecution ex:loop .`;
    await checkRefusal(
      { mapping, sources: {} },
      { type: 'mapping-invalid', message: /is a part of itself/, line: 8 },
    );
  });
});
