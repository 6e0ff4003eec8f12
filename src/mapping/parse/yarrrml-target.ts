/**
 * Targets of YARRRML: named at the root, or written at the term they belong to, in full or as a list.
 */
import { nearest } from '../../errors.ts';
import { namedNode, type RDF } from '../../rdf/terms.ts';
import { rml } from '../vocabulary.ts';
import { DCAT, FORMATS, SD } from './namespaces.ts';
import type { Reading } from './yarrrml-builder.ts';
import type { Keys, Member, YamlNode } from './yarrrml-document.ts';
import { COMPRESSIONS } from './yarrrml-source.ts';

type Resource = RDF.NamedNode | RDF.BlankNode;

const TARGET_KEYS: Keys = { access: [], type: [], serialization: [], compression: [] };
const FILE_TYPES = ['localfile', 'void', 'dcat'];
const SERVICE_TYPES = ['sparql', 'sd'];

const SERIALIZATIONS: ReadonlyMap<string, string> = new Map([
  ['jsonld', 'JSON-LD'],
  ['n3', 'N3'],
  ['ntriples', 'N-Triples'],
  ['nquads', 'N-Quads'],
  ['rdfjson', 'RDF_JSON'],
  ['rdfxml', 'RDF_XML'],
  ['turtle', 'Turtle'],
  ['trig', 'TriG'],
]);

interface WrittenTarget {
  readonly at: YamlNode;
  readonly access: YamlNode;
  readonly path: string;
  readonly type: string;
  readonly serialization: YamlNode | undefined;
  readonly compression: YamlNode | undefined;
}

export class Targets {
  readonly #reading: Reading;
  readonly #named = new Map<string, Member>();
  readonly #made = new Map<string, Resource>();

  constructor(reading: Reading, member: Member | undefined) {
    this.#reading = reading;
    if (member === undefined || reading.yaml.isNull(member.value)) return;
    for (const named of reading.yaml.members(member.value, 'the targets')) this.#named.set(named.name, named);
  }

  /** States every named target: one that no term uses has to be right too. */
  stateAll(): void {
    for (const name of this.#named.keys()) this.#byName(name);
  }

  /** States the targets of a term map. @throws FabricError `mapping-invalid` */
  state(map: Resource, member: Member | undefined): void {
    if (member === undefined) return;
    const { yaml, builder } = this.#reading;
    const nodes = yaml.list(member.value);
    const [first, second] = nodes.map((node) => yaml.text(node));
    // [access~type, serialization, compression] in place of a list of such lists
    const single =
      yaml.items(member.value) !== undefined &&
      first !== undefined &&
      second !== undefined &&
      !this.#named.has(first) &&
      SERIALIZATIONS.has(second);
    const targets = single ? [this.#short(member.value, nodes)] : nodes.map((node) => this.#target(node));
    for (const target of targets) builder.add(map, 'logicalTarget', target, member.value);
  }

  #target(node: YamlNode): Resource {
    const { yaml } = this.#reading;
    const text = yaml.text(node);
    if (text === undefined) return this.#written(node);
    if (this.#named.has(text)) return this.#byName(text);
    if (/[~/.]/.test(text)) return this.#short(node, [node]);
    const near = nearest(text, this.#named.keys());
    const hint = near === undefined ? 'declare it under "targets"' : `did you mean "${near}"?`;
    return yaml.refuse(node, `uses the target "${text}", which is not declared; ${hint}`);
  }

  #byName(name: string): Resource {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#written(this.#named.get(name)!.value);
    this.#made.set(name, made);
    return made;
  }

  #written(node: YamlNode): Resource {
    const { yaml } = this.#reading;
    if (yaml.text(node) !== undefined) return this.#short(node, [node]);
    const items = yaml.items(node);
    return items === undefined ? this.#long(node) : this.#short(node, items);
  }

  /** `[access~type, serialization, compression]` */
  #short(at: YamlNode, items: readonly YamlNode[]): Resource {
    const { yaml } = this.#reading;
    const [access, serialization, compression] = items;
    if (access === undefined || items.length > 3) {
      return yaml.refuse(
        at,
        'has a target that is not of the form [access~type, serialization, compression]',
      );
    }
    const text = yaml.textOf(access, 'the access of a target');
    const tilde = text.lastIndexOf('~');
    const [path, type] = tilde < 0 ? [text, 'localfile'] : [text.slice(0, tilde), text.slice(tilde + 1)];
    return this.#statement({ at, access, path, type, serialization, compression });
  }

  #long(at: YamlNode): Resource {
    const { yaml } = this.#reading;
    const fields = yaml.fields(at, 'a target', TARGET_KEYS);
    const access = fields.get('access') ?? yaml.refuse(at, 'has a target without "access"');
    const type = fields.get('type');
    return this.#statement({
      at,
      access: access.value,
      path: yaml.textOf(access.value, 'the access of a target'),
      type: type === undefined ? 'localfile' : yaml.textOf(type.value, 'a type'),
      serialization: fields.get('serialization')?.value,
      compression: fields.get('compression')?.value,
    });
  }

  #statement({ at, access, path, type, serialization, compression }: WrittenTarget): Resource {
    const { yaml, builder } = this.#reading;
    if (path.includes('$(')) {
      yaml.refuse(access, `has the target "${path}", whose place depends on the data: this is not supported`);
    }
    const target = builder.node(at, 'the target');
    builder.type(target, 'LogicalTarget', at);
    const place = builder.node(access, 'the place of the target');
    builder.add(target, 'target', place, access);
    if (SERVICE_TYPES.includes(type)) {
      builder.type(place, `${SD}Service`, access);
      builder.add(place, `${SD}endpoint`, namedNode(path), access);
    } else if (!FILE_TYPES.includes(type)) {
      const known = [...FILE_TYPES, ...SERVICE_TYPES].join(', ');
      yaml.refuse(access, `has the unknown target type "${type}"; known: ${known}`);
    } else if (/^(?:https?|file):\/\//i.test(path)) {
      builder.add(place, `${DCAT}downloadURL`, namedNode(path), access);
    } else builder.text(place, 'path', path, access);
    if (serialization) {
      const format = this.#known(serialization, 'serialization', SERIALIZATIONS);
      builder.add(target, 'serialization', namedNode(FORMATS + format), serialization);
    }
    if (compression) {
      const name = this.#known(compression, 'compression', COMPRESSIONS);
      builder.add(target, 'compression', namedNode(rml(name)), compression);
    }
    return target;
  }

  #known(node: YamlNode, what: string, known: ReadonlyMap<string, string>): string {
    const { yaml } = this.#reading;
    const name = yaml.textOf(node, `a ${what}`);
    return (
      known.get(name) ??
      yaml.refuse(node, `has the unknown ${what} "${name}"; known: ${[...known.keys()].join(', ')}`)
    );
  }
}
