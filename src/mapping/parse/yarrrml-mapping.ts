/**
 * Mappings of YARRRML: each becomes one triples map for each of its sources and subjects.
 */
import { nearest } from '../../errors.ts';
import { literal, type RDF } from '../../rdf/terms.ts';
import type { Fields, Reading } from './yarrrml-builder.ts';
import type { Keys, Member, YamlNode } from './yarrrml-document.ts';
import { type Call, FUNCTION_KEYS, type Functions } from './yarrrml-function.ts';
import { stateJoin } from './yarrrml-join.ts';
import type { SourceNode, Sources } from './yarrrml-source.ts';
import type { Targets } from './yarrrml-target.ts';
import { CONDITION_KEYS, type ObjectTerm, type Qualifiers, type Terms } from './yarrrml-term.ts';

type Resource = RDF.NamedNode | RDF.BlankNode;

const RDFS_LABEL = 'http://www.w3.org/2000/01/rdf-schema#label';

const MAPPING_KEYS: Keys = {
  sources: ['source'],
  subjects: ['subject', 's'],
  predicateobjects: ['predicateobject', 'po'],
  graphs: ['graph', 'g'],
  ...CONDITION_KEYS,
};
const PREDICATE_OBJECT_KEYS: Keys = {
  predicates: ['predicate', 'p'],
  inversepredicates: ['inversepredicate', 'i', 'iv'],
  objects: ['object', 'o'],
  graphs: ['graph', 'g'],
  sources: ['source'],
  datatype: [],
  language: [],
  type: [],
  ...CONDITION_KEYS,
};
const OBJECT_KEYS: Keys = {
  value: ['v'],
  datatype: [],
  language: [],
  type: [],
  mapping: ['mappings', 'm'],
  inversepredicates: ['inversepredicate', 'i', 'iv'],
  targets: ['target', 't'],
  ...FUNCTION_KEYS,
  ...CONDITION_KEYS,
};

/** A mapping that is being read, with what it makes triples maps of. */
interface Mapping {
  readonly name: string;
  readonly at: YamlNode;
  readonly fields: Fields;
  readonly sources: readonly (SourceNode | undefined)[];
  readonly subjects: readonly ObjectTerm[];
  readonly conditions: readonly Call[];
  /** One for each source and subject. */
  readonly maps: readonly TriplesMapNode[];
}

interface TriplesMapNode {
  readonly node: Resource;
  readonly source: SourceNode | undefined;
  readonly subject: ObjectTerm;
}

/** A predicate-object map, whichever way it is written. */
interface PredicateObjects {
  readonly at: YamlNode;
  readonly predicates: readonly YamlNode[];
  readonly inverse: readonly YamlNode[];
  readonly objects: YamlNode | undefined;
  readonly qualifiers: Qualifiers;
  readonly graphs: Member | undefined;
  readonly sources: Member | undefined;
  readonly conditions: readonly Call[];
}

export interface Parts {
  readonly sources: Sources;
  readonly targets: Targets;
  readonly functions: Functions;
  readonly terms: Terms;
  /** What the IRIs of triples maps begin with. */
  readonly base: string;
}

export class Mappings {
  readonly #reading: Reading;
  readonly #parts: Parts;
  readonly #mappings = new Map<string, Mapping>();
  readonly #counts = new Map<string, number>();

  constructor(reading: Reading, parts: Parts) {
    this.#reading = reading;
    this.#parts = parts;
  }

  /** States all mappings. @throws FabricError `mapping-invalid` */
  state(member: Member): void {
    const { yaml } = this.#reading;
    const members = yaml.isNull(member.value) ? [] : yaml.members(member.value, 'the mappings');
    // All first: mappings refer to one another.
    for (const each of members) this.#mappings.set(each.name, this.#open(each));
    for (const mapping of this.#mappings.values()) this.#state(mapping);
  }

  #open({ name, key, value }: Member): Mapping {
    const { yaml } = this.#reading;
    if (yaml.isNull(value)) yaml.refuse(key, `has the mapping "${name}" without any rules`);
    const fields = yaml.fields(value, `the mapping "${name}"`, MAPPING_KEYS);
    const { sources: known, functions, terms } = this.#parts;
    const listed = known.of(fields.get('sources'));
    const sources = listed.length === 0 ? [undefined] : listed;
    const subjects = this.#subjects(fields.get('subjects'), key).map((node) => terms.subject(node));
    const maps = sources.flatMap((source) =>
      subjects.map((subject) => ({ node: this.#node(name, key), source, subject })),
    );
    const conditions = functions.conditions(fields.get('condition'));
    return { name, at: key, fields, sources, subjects, conditions, maps };
  }

  /** Without subjects, or with null, there is one: a blank node. */
  #subjects(member: Member | undefined, key: YamlNode): readonly YamlNode[] {
    if (member === undefined) return [this.#reading.yaml.nothingAt(key)];
    const nodes = this.#reading.yaml.list(member.value);
    return nodes.length === 0 ? [member.value] : nodes;
  }

  #node(name: string, at: YamlNode): Resource {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    const serial = String(count).padStart(3, '0');
    const iri = `${this.#parts.base}map_${encodeURIComponent(name)}_${serial}`;
    return this.#reading.builder.node(at, `the mapping "${name}"`, iri);
  }

  #state(mapping: Mapping): void {
    const { yaml } = this.#reading;
    const { fields, maps } = mapping;
    for (const map of maps) this.#triplesMap(mapping, map);
    const member = fields.get('predicateobjects');
    if (member === undefined) return;
    for (const node of this.#entries(member.value)) {
      const part = this.#predicateObjects(node);
      const owners = part.sources === undefined ? maps : this.#overridden(mapping, part.sources);
      this.#part(mapping, part, owners);
    }
    if (yaml.isNull(member.value))
      yaml.refuse(member.key, `has the mapping "${mapping.name}" with an empty "${member.name}"`);
  }

  /** Predicates and objects over sources of their own: the same subjects, other records. */
  #overridden(mapping: Mapping, member: Member): readonly TriplesMapNode[] {
    const maps = this.#parts.sources
      .of(member)
      .flatMap((source) =>
        mapping.subjects.map((subject) => ({ node: this.#node(mapping.name, member.key), source, subject })),
      );
    for (const map of maps) this.#triplesMap(mapping, map);
    return maps;
  }

  #triplesMap(mapping: Mapping, { node, source, subject }: TriplesMapNode): void {
    const { builder } = this.#reading;
    builder.type(node, 'TriplesMap', mapping.at);
    builder.add(node, RDFS_LABEL, literal(mapping.name), mapping.at);
    if (source !== undefined) {
      builder.add(node, source.property, source.node, mapping.fields.get('sources')?.value ?? mapping.at);
    }
    const map = builder.node(subject.at, `the subject of "${mapping.name}"`);
    builder.add(node, 'subjectMap', map, subject.at);
    this.#parts.terms.state(map, subject);
    this.#parts.functions.condition(map, mapping.conditions);
    this.#parts.terms.graphs(map, mapping.fields.get('graphs'));
  }

  /** A list of entries, or a single map. */
  #entries(node: YamlNode): readonly YamlNode[] {
    return this.#reading.yaml.list(node);
  }

  #predicateObjects(node: YamlNode): PredicateObjects {
    const { yaml } = this.#reading;
    const items = yaml.items(node);
    if (items !== undefined) return this.#short(node, items);
    const fields = yaml.fields(node, 'a predicate-object map', PREDICATE_OBJECT_KEYS);
    const predicates = fields.get('predicates');
    if (predicates === undefined) return yaml.refuse(node, 'has a predicate-object map without "predicates"');
    const inverse = fields.get('inversepredicates');
    return {
      at: node,
      predicates: yaml.list(predicates.value),
      inverse: inverse === undefined ? [] : yaml.list(inverse.value),
      objects: fields.get('objects')?.value,
      qualifiers: {
        datatype: fields.get('datatype')?.value,
        language: fields.get('language')?.value,
        type: fields.get('type')?.value,
      },
      graphs: fields.get('graphs'),
      sources: fields.get('sources'),
      conditions: this.#parts.functions.conditions(fields.get('condition')),
    };
  }

  /** `[predicates, objects, datatype or language~lang]` */
  #short(node: YamlNode, items: readonly YamlNode[]): PredicateObjects {
    const { yaml } = this.#reading;
    const [predicates, objects, qualifier] = items;
    if (predicates === undefined || items.length > 3) {
      return yaml.refuse(
        node,
        'has an entry that is not of the form [predicate, object, datatype or language~lang]',
      );
    }
    return {
      at: node,
      predicates: yaml.list(predicates),
      inverse: [],
      objects,
      qualifiers: this.#qualifiers(qualifier),
      graphs: undefined,
      sources: undefined,
      conditions: [],
    };
  }

  #qualifiers(node: YamlNode | undefined): Qualifiers {
    const isLanguage = node !== undefined && this.#reading.yaml.text(node)?.endsWith('~lang') === true;
    return {
      datatype: isLanguage ? undefined : node,
      language: isLanguage ? node : undefined,
      type: undefined,
    };
  }

  #part(mapping: Mapping, part: PredicateObjects, owners: readonly TriplesMapNode[]): void {
    const { yaml, builder } = this.#reading;
    const { terms, functions } = this.#parts;
    const node = builder.node(part.at, 'the predicates and objects');
    for (const owner of owners) builder.add(owner.node, 'predicateObjectMap', node, part.at);
    const typing = part.predicates.map((predicate) => terms.predicate(node, predicate)).includes(true);
    const { objects: list } = part;
    const objects = list === undefined ? [] : yaml.isNull(list) ? [list] : yaml.list(list);
    if (objects.length === 0) yaml.refuse(part.at, 'has a predicate without an object');
    for (const object of objects) this.#object(mapping, part, { node, object, typing, owners });
    terms.graphs(node, part.graphs);
    functions.condition(node, part.conditions);
  }

  #object(
    mapping: Mapping,
    part: PredicateObjects,
    given: {
      readonly node: Resource;
      readonly object: YamlNode;
      readonly typing: boolean;
      readonly owners: readonly TriplesMapNode[];
    },
  ): void {
    const { yaml, builder } = this.#reading;
    const { terms } = this.#parts;
    const { node, object, typing, owners } = given;
    const items = yaml.items(object);
    const fields = yaml.isMap(object) ? yaml.fields(object, 'an object', OBJECT_KEYS) : undefined;
    const own = fields?.get('inversepredicates');
    const inverse = [...part.inverse, ...(own === undefined ? [] : yaml.list(own.value))];
    const reference = fields?.get('mapping');
    if (fields !== undefined && reference !== undefined) {
      for (const name of yaml.list(reference.value)) {
        this.#reference({ node, name, fields, inverse, owners });
      }
      return;
    }
    const term =
      fields !== undefined
        ? terms.objectOfFields(object, fields, part.qualifiers, typing)
        : items === undefined
          ? terms.objectOfText(object, part.qualifiers, typing)
          : this.#listed(object, items, typing);
    const map = builder.node(object, 'the object');
    builder.add(node, 'objectMap', map, object);
    terms.state(map, term);
    if (inverse.length > 0) this.#inverse(mapping, term, inverse, owners);
  }

  /** `[value, datatype or language~lang]` */
  #listed(at: YamlNode, items: readonly YamlNode[], typing: boolean): ObjectTerm {
    const { yaml } = this.#reading;
    const [value, qualifier] = items;
    if (value === undefined || items.length > 2) {
      return yaml.refuse(at, 'has an object that is not of the form [value, datatype or language~lang]');
    }
    return this.#parts.terms.objectOfText(value, this.#qualifiers(qualifier), typing);
  }

  /** The statements turned round: the object is the subject of `inverse`, and the subject its object. */
  #inverse(
    mapping: Mapping,
    object: ObjectTerm,
    inverse: readonly YamlNode[],
    owners: readonly TriplesMapNode[],
  ): void {
    const { yaml, builder } = this.#reading;
    if (object.kind === 'literal')
      yaml.refuse(inverse[0]!, 'has an inverse predicate of an object that is a literal');
    for (const owner of owners) {
      const turned = { node: this.#node(mapping.name, inverse[0]!), source: owner.source, subject: object };
      this.#triplesMap(mapping, turned);
      const node = this.#turnedPart(turned.node, inverse);
      const map = builder.node(owner.subject.at, 'the object');
      builder.add(node, 'objectMap', map, owner.subject.at);
      this.#parts.terms.state(map, owner.subject);
    }
  }

  #turnedPart(owner: Resource, inverse: readonly YamlNode[]): Resource {
    const { builder } = this.#reading;
    const node = builder.node(inverse[0]!, 'the inverse predicates');
    builder.add(owner, 'predicateObjectMap', node, inverse[0]!);
    for (const predicate of inverse) this.#parts.terms.predicate(node, predicate);
    return node;
  }

  /** States objects that are the subjects of another mapping. */
  #reference(given: {
    readonly node: Resource;
    readonly name: YamlNode;
    readonly fields: Fields;
    readonly inverse: readonly YamlNode[];
    readonly owners: readonly TriplesMapNode[];
  }): void {
    const { yaml } = this.#reading;
    const { node, name, fields, inverse, owners } = given;
    for (const key of ['value', 'function', 'parameters', 'datatype', 'language'] as const) {
      const member = fields.get(key);
      if (member) yaml.refuse(member.key, `has "${member.name}" beside a reference to a mapping`);
    }
    const parent = this.#parent(name);
    const joins = this.#parts.functions.conditions(fields.get('condition'));
    for (const map of parent.maps) {
      const object = this.#refObjectMap(node, map.node, name);
      for (const join of joins)
        stateJoin(this.#reading, this.#parts.functions, { object, call: join, turned: false });
      this.#parts.targets.state(object, fields.get('targets'));
    }
    if (inverse.length === 0) return;
    for (const map of parent.maps) {
      const turned = { node: this.#node(parent.name, inverse[0]!), source: map.source, subject: map.subject };
      this.#triplesMap(parent, turned);
      const part = this.#turnedPart(turned.node, inverse);
      for (const owner of owners) {
        const object = this.#refObjectMap(part, owner.node, name);
        for (const join of joins)
          stateJoin(this.#reading, this.#parts.functions, { object, call: join, turned: true });
      }
    }
  }

  #parent(node: YamlNode): Mapping {
    const { yaml } = this.#reading;
    const name = yaml.textOf(node, 'the name of a mapping');
    const parent = this.#mappings.get(name);
    if (parent !== undefined) return parent;
    const near = nearest(name, this.#mappings.keys());
    const hint = near === undefined ? 'declare it under "mappings"' : `did you mean "${near}"?`;
    return yaml.refuse(node, `refers to the mapping "${name}", which is not declared; ${hint}`);
  }

  #refObjectMap(owner: Resource, parent: Resource, at: YamlNode): Resource {
    const { builder } = this.#reading;
    const map = builder.node(at, 'the reference to a mapping');
    builder.add(owner, 'objectMap', map, at);
    builder.add(map, 'parentTriplesMap', parent, at);
    return map;
  }
}
