/**
 * The YAML under a YARRRML document: keys with their shortcuts, texts, and the place of each node.
 *
 * It knows YAML and how to refuse; what keys mean is the readers' part. Nothing is passed over: a key that a
 * reader does not know is refused with the nearest that it knows.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  Scalar,
} from 'yaml';
import { FabricError, nearest } from '../../errors.ts';
import type { Position } from './positions.ts';
import { mappingInvalid } from './statements.ts';

export type YamlNode = Node;

/** A key that may be written in several ways: the name, then its shortcuts. */
export type Keys = Readonly<Record<string, readonly string[]>>;

/** A member of a map; `key` is where it starts. */
export interface Member {
  readonly name: string;
  readonly key: YamlNode;
  readonly value: YamlNode;
}

/** Aliases may build a document that is far larger than its text. */
const NODES_MAX = 500_000;

export class YamlText {
  readonly name: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  #visited = 0;

  /** @throws FabricError `syntax-error` with line and column */
  constructor(text: string, name: string) {
    this.name = name;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error === undefined) return;
    const { line, col } = this.#lines.linePos(error.pos[0]);
    throw new FabricError('syntax-error', `Mapping "${name}" is no YAML: ${error.message}`, {
      location: { source: name, line, column: col },
    });
  }

  /** @throws FabricError `mapping-invalid` when the document is empty */
  get root(): YamlNode {
    const { contents } = this.#document;
    if (contents === null) throw mappingInvalid(`Mapping "${this.name}" is empty`, this.name, undefined);
    return contents;
  }

  position(node: YamlNode): Position | undefined {
    const start = (node as Partial<ParsedNode>).range?.[0];
    if (start === undefined) return undefined;
    const { line, col } = this.#lines.linePos(start);
    return { line, column: col };
  }

  /** @throws FabricError `mapping-invalid` at the place of `node` */
  refuse(node: YamlNode, problem: string): never {
    throw mappingInvalid(`Mapping "${this.name}" ${problem}`, this.name, this.position(node));
  }

  /** The text of a scalar, as it is written; undefined for null and for what is no scalar. */
  text(node: YamlNode): string | undefined {
    const found = this.#resolve(node);
    if (!isScalar(found) || found.value === null) return undefined;
    return typeof found.value === 'string' ? found.value : found.source;
  }

  /** The text of what has to be a scalar. */
  textOf(node: YamlNode, what: string): string {
    return this.text(node) ?? this.refuse(node, `has ${what} that is no text`);
  }

  isNull(node: YamlNode): boolean {
    const found = this.#resolve(node);
    return isScalar(found) && found.value === null;
  }

  isMap(node: YamlNode): boolean {
    return isMap(this.#resolve(node));
  }

  /** The items of a list; undefined for what is no list. */
  items(node: YamlNode): readonly YamlNode[] | undefined {
    const found = this.#resolve(node);
    return isSeq<YamlNode>(found) ? found.items : undefined;
  }

  /** The items of a list, or the one node itself; none for null. */
  list(node: YamlNode): readonly YamlNode[] {
    return this.items(node) ?? (this.isNull(node) ? [] : [node]);
  }

  /** Members of a map with any keys, merge keys included; what the map itself has comes first. */
  members(node: YamlNode, what: string): readonly Member[] {
    const found = this.#resolve(node);
    if (!isMap<YamlNode, YamlNode | null>(found)) return this.refuse(node, `has ${what} that is no map`);
    const members = new Map<string, Member>();
    const merged: YamlNode[] = [];
    for (const { key, value } of found.items) {
      const name = this.text(key) ?? this.refuse(key, `has a key that is no text in ${what}`);
      if (name === '<<' && value !== null) merged.push(...this.list(value));
      else members.set(name, { name, key, value: value ?? this.nothingAt(key) });
    }
    for (const other of merged) {
      for (const member of this.members(other, what)) {
        if (!members.has(member.name)) members.set(member.name, member);
      }
    }
    return [...members.values()];
  }

  /** Members of a map by the names of `keys`, whatever shortcut they are written with. */
  fields(node: YamlNode, what: string, keys: Keys): ReadonlyMap<string, Member> {
    const names = new Map(
      Object.entries(keys).flatMap(([name, short]) => [name, ...short].map((k) => [k, name])),
    );
    const fields = new Map<string, Member>();
    for (const member of this.members(node, what)) {
      const name = names.get(member.name);
      if (name === undefined) {
        const near = nearest(member.name, names.keys());
        const hint =
          near === undefined ? `known: ${Object.keys(keys).join(', ')}` : `did you mean "${near}"?`;
        this.refuse(member.key, `has the unknown key "${member.name}" in ${what}; ${hint}`);
      }
      const twice = fields.get(name);
      if (twice !== undefined) {
        this.refuse(
          member.key,
          `has both "${twice.name}" and "${member.name}" in ${what}, which are the same`,
        );
      }
      fields.set(name, member);
    }
    return fields;
  }

  /** The value of a key without one. */
  nothingAt(key: YamlNode): YamlNode {
    const nothing = new Scalar(null);
    nothing.range = (key as Partial<ParsedNode>).range ?? null;
    return nothing;
  }

  #resolve(node: YamlNode): YamlNode {
    if (++this.#visited > NODES_MAX) this.refuse(node, `has aliases that make more than ${NODES_MAX} nodes`);
    if (!isAlias(node)) return node;
    const found = node.resolve(this.#document);
    return found ?? this.refuse(node, `uses the anchor "${node.source}", which is not set before`);
  }
}
