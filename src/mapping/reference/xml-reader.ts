/**
 * From chunks of text to the tree of an XML document: whole, or only the parts that are asked for, one after
 * the other.
 *
 * A document type declaration is refused, so that no entity is ever defined, expanded or fetched.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { TextTooLongError } from './text.ts';
import type { XmlAttribute, XmlChild, XmlDocument, XmlElement, XmlText } from './xml-tree.ts';
import type { UnitState, Units } from './xml-units.ts';

/** A text that is not read as XML, with the place where that was seen. */
export class XmlSyntaxError extends Error {
  readonly code: 'xml-malformed' | 'xml-doctype' | 'xml-too-deep';
  readonly line: number;
  readonly column: number;

  constructor(code: XmlSyntaxError['code'], message: string, line: number, column: number) {
    super(message);
    this.code = code;
    this.line = line;
    this.column = column;
  }
}

/** Elements inside elements: what walks the tree may recurse. */
const DEPTH_MAX = 1_000;

/** @throws XmlSyntaxError */
export async function readXml(chunks: AsyncIterable<string> | Iterable<string>): Promise<XmlDocument> {
  const builder = new TreeBuilder();
  for await (const chunk of chunks) builder.write(chunk);
  return builder.close();
}

/** The same for a text that is at hand. @throws XmlSyntaxError */
export function readXmlText(text: string): XmlDocument {
  const builder = new TreeBuilder();
  builder.write(text);
  return builder.close();
}

/** Characters that are taken at once: what lies in memory beside a record. */
const PIECE_CHARACTERS = 65_536;

/**
 * A document in parts, each with the elements that `units` selects in a piece of text and what stands above
 * them, without their other children. Nodes are in the order of the document; a part is whole when it is given.
 *
 * @param charactersMax  of text that has to be held at once
 * @throws XmlSyntaxError when all that came before was given
 * @throws TextTooLongError
 */
export async function* readXmlUnits(
  chunks: AsyncIterable<string>,
  units: Units,
  charactersMax: number,
): AsyncGenerator<XmlDocument> {
  const builder = new TreeBuilder(units, charactersMax);
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_CHARACTERS) {
      try {
        builder.write(chunk.slice(at, at + PIECE_CHARACTERS));
      } catch (thrown) {
        const before = builder.take();
        if (before !== undefined) yield before;
        throw thrown;
      }
      const part = builder.take();
      if (part !== undefined) yield part;
    }
  }
  builder.close();
}

/** What most nodes have; never written to. */
const NO_ATTRIBUTES: XmlAttribute[] = [];
const NO_CHILDREN: XmlChild[] = [];

type Open<T> = { -readonly [Key in keyof T]: T[Key] } & { childNodes: XmlChild[] };

/** A document without any content. */
export const emptyDocument = (): Open<XmlDocument> => ({
  nodeType: 9,
  nodeName: '#document',
  parentNode: null,
  childNodes: [],
  order: 0,
  index: 0,
});

class TreeBuilder {
  readonly #parser = new SaxesParser({ xmlns: true, position: true });
  /** Undefined: everything is wanted. */
  readonly #units: Units | undefined;
  readonly #charactersMax: number;
  #document = emptyDocument();
  #open: Open<XmlDocument> | Open<XmlElement> = this.#document;
  /** The element at work that holds records; undefined above and between such elements. */
  #unit: Open<XmlElement> | undefined;
  /** The unit that was closed last: a close tag of another name is told only after that. */
  #closed: Open<XmlElement> | undefined;
  /** Of the document, and of each open element above the units. */
  readonly #states: UnitState[];
  /** Characters since nothing was held. */
  #held = 0;
  #order = 0;
  #depth = 0;
  readonly #names = new Map<string, string>();

  constructor(units?: Units, charactersMax = Number.POSITIVE_INFINITY) {
    const parser = this.#parser;
    this.#units = units;
    this.#charactersMax = charactersMax;
    this.#states = units === undefined ? [] : [units.start];
    parser.on('error', ({ message }) => {
      if (message.includes('unexpected close tag')) this.#closed = undefined;
      this.#refuse('xml-malformed', message.replace(/^\d+:\d+: /, ''));
    });
    parser.on('doctype', () =>
      this.#refuse('xml-doctype', 'a document type declaration (DTD) is refused, and with it its entities'),
    );
    parser.on('opentag', (tag) => {
      this.#element(tag);
    });
    parser.on('closetag', () => {
      this.#close();
    });
    parser.on('text', (text) => {
      this.#text(3, '#text', '', text);
    });
    parser.on('cdata', (text) => {
      this.#text(3, '#text', '', text);
    });
    parser.on('comment', (text) => {
      this.#text(8, '#comment', '', text);
    });
    parser.on('processinginstruction', ({ target, body }) => {
      this.#text(7, target, target, body);
    });
  }

  write(chunk: string): void {
    this.#held += chunk.length;
    this.#parser.write(chunk);
    if (this.#held > this.#charactersMax) throw new TextTooLongError(this.#charactersMax);
  }

  /** The units that are closed since the last time, below what stands above them; undefined when there are none. */
  take(): XmlDocument | undefined {
    this.#settle();
    const taken = this.#document;
    if (taken.childNodes.length === 0) return undefined;
    // Whoever holds what is given must not see it grow: what is still open goes on as a copy.
    if (this.#unit === undefined) this.#open = this.#copyOf(this.#open);
    else this.#unit.parentNode = this.#copyOf(this.#unit.parentNode as Open<XmlElement>);
    return taken;
  }

  /** An open node and those above it, without children. */
  #copyOf(node: Open<XmlDocument> | Open<XmlElement>): Open<XmlDocument> | Open<XmlElement> {
    if (node.nodeType === 9) return (this.#document = emptyDocument());
    return {
      ...node,
      parentNode: this.#copyOf(node.parentNode as Open<XmlElement>),
      childNodes: NO_CHILDREN,
    };
  }

  close(): XmlDocument {
    this.#parser.close();
    return this.#document;
  }

  #refuse(code: XmlSyntaxError['code'], message: string): never {
    throw new XmlSyntaxError(code, message, this.#parser.line, this.#parser.column + 1);
  }

  #element(tag: SaxesTagNS): void {
    if (++this.#depth > DEPTH_MAX)
      this.#refuse('xml-too-deep', `elements are nested more than ${DEPTH_MAX} deep`);
    const given = Object.values(tag.attributes);
    const attributes: XmlAttribute[] = given.length === 0 ? NO_ATTRIBUTES : [];
    const element: Open<XmlElement> = {
      nodeType: 1,
      nodeName: this.#shared(tag.name),
      prefix: this.#shared(tag.prefix),
      localName: this.#shared(tag.local),
      namespaceURI: tag.uri === '' ? null : tag.uri,
      attributes,
      parentNode: this.#open,
      childNodes: NO_CHILDREN,
      order: ++this.#order,
      index: this.#open.childNodes.length,
    };
    for (const { name, prefix, local, uri, value } of given) {
      if (uri === XMLNS) continue; // a declaration is no attribute
      attributes.push({
        nodeType: 2,
        nodeName: this.#shared(name),
        name: this.#shared(name),
        prefix: this.#shared(prefix),
        localName: this.#shared(local),
        namespaceURI: uri === '' ? null : uri,
        value,
        parentNode: element,
        order: ++this.#order,
      });
    }
    this.#settle();
    if (this.#isWanted) append(this.#open, element);
    else this.#enter(element);
    this.#open = element;
  }

  /** Whether what comes is part of the tree for good. */
  get #isWanted(): boolean {
    return this.#units === undefined || this.#unit !== undefined;
  }

  /** An element that is no part of a unit: it begins one, or stands above some. */
  #enter(element: Open<XmlElement>): void {
    const state = this.#units!.below(this.#states.at(-1)!, element);
    if (state === undefined) this.#unit = element;
    else {
      this.#states.push(state);
      this.#held = 0;
    }
  }

  #settle(): void {
    if (this.#closed !== undefined) attach(this.#closed);
    this.#closed = undefined;
  }

  #close(): void {
    const closed = this.#open as Open<XmlElement>;
    this.#open = closed.parentNode as Open<XmlElement>;
    this.#depth--;
    if (this.#units === undefined) return;
    this.#settle();
    if (closed === this.#unit) {
      this.#unit = undefined;
      this.#closed = closed;
    } else if (this.#unit === undefined) this.#states.pop();
    if (this.#unit === undefined) this.#held = 0;
  }

  /** One text for all nodes of a name: the parser cuts out a new one each time. */
  #shared(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, name);
    return name;
  }

  #text(nodeType: 3 | 7 | 8, nodeName: string, target: string, data: string): void {
    if (!this.#isWanted) return;
    const { childNodes } = this.#open;
    const last = childNodes.at(-1);
    // Text between markup is one node, however it came: in pieces, or partly as CDATA.
    if (nodeType === 3 && last?.nodeType === 3) {
      (last as { -readonly [Key in keyof XmlText]: XmlText[Key] }).data += data;
      return;
    }
    if (nodeType === 3 && this.#open.nodeType === 9) return; // white space around the root is no content
    const order = ++this.#order;
    append(this.#open, {
      nodeType,
      nodeName,
      target,
      data,
      parentNode: this.#open,
      order,
      index: childNodes.length,
    });
  }
}

function append(parent: Open<XmlDocument> | Open<XmlElement>, child: XmlChild): void {
  if (parent.childNodes === NO_CHILDREN) parent.childNodes = [child];
  else parent.childNodes.push(child);
}

/** Puts a unit below its parent, and what stands above it below theirs. */
function attach(element: Open<XmlElement>): void {
  const parent = element.parentNode as Open<XmlDocument> | Open<XmlElement>;
  if (parent.childNodes.at(-1) === element) return;
  element.index = parent.childNodes.length;
  append(parent, element);
  if (parent.nodeType === 1) attach(parent);
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';
