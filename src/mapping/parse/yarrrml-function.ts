/**
 * Functions and conditions of YARRRML: maps, parameter lists, and calls on one line, nested in any way.
 */
import { namedNode, type RDF } from '../../rdf/terms.ts';
import { GREL, IDLAB } from '../function/vocabulary.ts';
import type { Fields, Reading } from './yarrrml-builder.ts';
import { readCall, type WrittenCall } from './yarrrml-call.ts';
import type { Keys, Member, YamlNode } from './yarrrml-document.ts';

type Resource = RDF.NamedNode | RDF.BlankNode;

/** Keys that make a map a call of a function. */
export const FUNCTION_KEYS = { function: ['f', 'fn'], parameters: ['pms'] } as const satisfies Keys;

const PARAMETER_KEYS: Keys = {
  parameter: ['pm'],
  value: ['v'],
  type: [],
  from: [],
};

/** Which record of a join a value is read from. */
export type Side = 'child' | 'parent';

export interface Call {
  readonly at: YamlNode;
  readonly function: string;
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly at: YamlNode;
  readonly name: string;
  readonly value: Argument;
  /** What the document says; undefined where it says nothing. */
  readonly side: Side | undefined;
}

export type Argument =
  | { readonly kind: 'text'; readonly text: string; readonly iri: boolean; readonly at: YamlNode }
  | { readonly kind: 'call'; readonly call: Call };

/** Functions that need no prefix, with what their parameters are called in full. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['equal', `${IDLAB}equal`],
  ['notEqual', `${IDLAB}notEqual`],
]);
const BUILT_IN_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['str1', `${GREL}valueParameter`],
  ['str2', `${GREL}valueParameter2`],
]);

/** The function that joins are made by. */
export const EQUAL = `${IDLAB}equal`;

export class Functions {
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** The call that the fields of a map describe. @throws FabricError `mapping-invalid` */
  call(fields: Fields, at: YamlNode): Call {
    const { yaml } = this.#reading;
    const member = fields.get('function');
    if (member === undefined) return yaml.refuse(at, 'has parameters without a function');
    const text = yaml.textOf(member.value, 'a function');
    const parameters = fields.get('parameters');
    const written = readCall(text);
    if (written === undefined) {
      const iri = this.#function(text, member.value);
      return { at: member.key, function: iri, parameters: this.#parameters(parameters, iri) };
    }
    if ('problem' in written)
      return yaml.refuse(member.value, `has the call "${text}", in which ${written.problem}`);
    if (parameters !== undefined)
      yaml.refuse(parameters.key, 'has parameters beside a call that lists its own');
    return this.#written(written, member.value);
  }

  /** The calls of a condition: one, or a list of which all have to be true. */
  conditions(member: Member | undefined): readonly Call[] {
    if (member === undefined) return [];
    const { yaml } = this.#reading;
    return yaml
      .list(member.value)
      .map((node) => this.call(yaml.fields(node, 'a condition', FUNCTION_KEYS), node));
  }

  /** States the execution of a function as a property of `map`. */
  execution(map: Resource, call: Call): void {
    const { builder } = this.#reading;
    const execution = builder.node(call.at, 'the function call');
    builder.add(map, 'functionExecution', execution, call.at);
    builder.add(execution, 'function', namedNode(call.function), call.at);
    for (const parameter of call.parameters) {
      const input = builder.node(parameter.at, 'the parameter');
      builder.add(execution, 'input', input, parameter.at);
      builder.add(input, 'parameter', namedNode(parameter.name), parameter.at);
      const value = builder.node(parameter.at, 'the value of the parameter');
      builder.add(input, 'inputValueMap', value, parameter.at);
      this.argument(value, parameter.value);
    }
  }

  /** States what the value of a parameter is as the expression of `map`. */
  argument(map: Resource, argument: Argument): void {
    const { builder, values } = this.#reading;
    if (argument.kind === 'call') {
      this.execution(map, argument.call);
      return;
    }
    const { text, iri, at } = argument;
    const value = values.parse(text, iri ? 'iri' : 'literal', at);
    builder.expression(map, value, iri ? 'iri' : 'literal', at);
    builder.add(map, 'termType', namedNode(`http://w3id.org/rml/${iri ? 'IRI' : 'Literal'}`), at);
  }

  /** States that `map` makes something only when all conditions are true. */
  condition(map: Resource, calls: readonly Call[]): void {
    const { builder } = this.#reading;
    for (const call of calls) {
      const condition = builder.node(call.at, 'the condition');
      builder.add(map, 'condition', condition, call.at);
      this.execution(condition, call);
    }
  }

  #function(name: string, at: YamlNode): string {
    return BUILT_IN.get(name) ?? this.#reading.values.iri(name, at, 'the function');
  }

  /** A parameter without a prefix is one of the function's own. */
  #parameter(name: string, iri: string, at: YamlNode): string {
    const builtIn = BUILT_IN_PARAMETERS.get(name);
    if (builtIn !== undefined) return builtIn;
    if (!name.includes(':')) return iri.replace(/[^#/]*$/, '') + name;
    return this.#reading.values.iri(name, at, 'the parameter');
  }

  #parameters(member: Member | undefined, iri: string): readonly Parameter[] {
    if (member === undefined) return [];
    const { yaml } = this.#reading;
    if (yaml.isMap(member.value)) yaml.refuse(member.value, 'has parameters that are no list');
    return yaml.list(member.value).map((node) => {
      const items = yaml.items(node);
      return items === undefined ? this.#long(node, iri) : this.#short(node, items, iri);
    });
  }

  /** `[parameter, value, s | o]` */
  #short(at: YamlNode, items: readonly YamlNode[], iri: string): Parameter {
    const { yaml } = this.#reading;
    const [name, value, from] = items;
    if (name === undefined || value === undefined || items.length > 3) {
      return yaml.refuse(at, 'has a parameter that is not of the form [parameter, value, s or o]');
    }
    const written = yaml.textOf(name, 'a parameter');
    return {
      at,
      name: this.#parameter(written, iri, name),
      value: this.#argument(value, false),
      side: from === undefined ? undefined : this.#side(from),
    };
  }

  #long(at: YamlNode, iri: string): Parameter {
    const { yaml } = this.#reading;
    const fields = yaml.fields(at, 'a parameter', PARAMETER_KEYS);
    const name = fields.get('parameter') ?? yaml.refuse(at, 'has a parameter without a name');
    const value = fields.get('value') ?? yaml.refuse(at, 'has a parameter without a value');
    const type = fields.get('type');
    const kind = type === undefined ? 'literal' : yaml.textOf(type.value, 'a type');
    if (kind !== 'iri' && kind !== 'literal') {
      yaml.refuse(type!.value, `has a parameter of the type "${kind}"; known: iri, literal`);
    }
    const from = fields.get('from');
    return {
      at,
      name: this.#parameter(yaml.textOf(name.value, 'a parameter'), iri, name.value),
      value: this.#argument(value.value, kind === 'iri'),
      side: from === undefined ? undefined : this.#side(from.value),
    };
  }

  #argument(node: YamlNode, iri: boolean): Argument {
    const { yaml, values } = this.#reading;
    if (yaml.isMap(node)) {
      return { kind: 'call', call: this.call(yaml.fields(node, 'a function', FUNCTION_KEYS), node) };
    }
    const typed = values.typed(yaml.textOf(node, 'the value of a parameter'));
    return { kind: 'text', text: typed.text, iri: typed.iri || iri, at: node };
  }

  #side(node: YamlNode): Side {
    const { yaml } = this.#reading;
    const text = yaml.textOf(node, 'a side of a join');
    if (text === 's' || text === 'subject') return 'child';
    if (text === 'o' || text === 'object') return 'parent';
    return yaml.refuse(node, `has "${text}" as the side of a join; known: s, subject, o, object`);
  }

  #written({ name, parameters }: WrittenCall, at: YamlNode): Call {
    const iri = this.#function(name, at);
    return {
      at,
      function: iri,
      parameters: parameters.map((parameter) => {
        const { value } = parameter;
        const argument: Argument =
          typeof value === 'string'
            ? { kind: 'text', ...this.#reading.values.typed(value), at }
            : { kind: 'call', call: this.#written(value, at) };
        return { at, name: this.#parameter(parameter.name, iri, at), value: argument, side: undefined };
      }),
    };
  }
}
