/**
 * An XML document as a light tree, built from chunks of text.
 *
 * A document type declaration is refused, so that no entity is ever defined, expanded or fetched. Nodes know
 * their place in the order of the document; nothing here knows XPath.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';

export interface XmlDocument {
  readonly nodeType: 9;
  readonly nodeName: '#document';
  readonly parentNode: null;
  readonly childNodes: readonly XmlChild[];
  readonly order: number;
  readonly index: number;
}

export interface XmlElement {
  readonly nodeType: 1;
  readonly nodeName: string;
  readonly prefix: string;
  readonly localName: string;
  /** Null: in no namespace. */
  readonly namespaceURI: string | null;
  readonly attributes: readonly XmlAttribute[];
  readonly parentNode: XmlParent;
  readonly childNodes: readonly XmlChild[];
  /** Place in the order of the document. */
  readonly order: number;
  /** Place among the children of the parent. */
  readonly index: number;
}

export interface XmlAttribute {
  readonly nodeType: 2;
  readonly nodeName: string;
  readonly name: string;
  readonly prefix: string;
  readonly localName: string;
  readonly namespaceURI: string | null;
  readonly value: string;
  readonly parentNode: XmlElement;
  readonly order: number;
}

/** Text, comments and processing instructions. */
export interface XmlText {
  readonly nodeType: 3 | 7 | 8;
  readonly nodeName: string;
  readonly target: string;
  readonly data: string;
  readonly parentNode: XmlParent;
  readonly order: number;
  readonly index: number;
}

export type XmlParent = XmlDocument | XmlElement;
export type XmlChild = XmlElement | XmlText;
export type XmlNode = XmlDocument | XmlElement | XmlAttribute | XmlText;

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

/** What most nodes have; never written to. */
const NO_ATTRIBUTES: XmlAttribute[] = [];
const NO_CHILDREN: XmlChild[] = [];

type Open<T> = { -readonly [Key in keyof T]: T[Key] } & { childNodes: XmlChild[] };

class TreeBuilder {
  readonly #parser = new SaxesParser({ xmlns: true, position: true });
  readonly #document: Open<XmlDocument> = {
    nodeType: 9,
    nodeName: '#document',
    parentNode: null,
    childNodes: [],
    order: 0,
    index: 0,
  };
  #open: Open<XmlDocument> | Open<XmlElement> = this.#document;
  #order = 0;
  #depth = 0;
  readonly #names = new Map<string, string>();

  constructor() {
    const parser = this.#parser;
    parser.on('error', ({ message }) => this.#refuse('xml-malformed', message.replace(/^\d+:\d+: /, '')));
    parser.on('doctype', () =>
      this.#refuse('xml-doctype', 'a document type declaration (DTD) is refused, and with it its entities'),
    );
    parser.on('opentag', (tag) => {
      this.#element(tag);
    });
    parser.on('closetag', () => {
      this.#open = this.#open.parentNode as Open<XmlElement>;
      this.#depth--;
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
    this.#parser.write(chunk);
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
    this.#append(element);
    this.#open = element;
  }

  #append(child: XmlChild): void {
    if (this.#open.childNodes === NO_CHILDREN) this.#open.childNodes = [child];
    else this.#open.childNodes.push(child);
  }

  /** One text for all nodes of a name: the parser cuts out a new one each time. */
  #shared(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, name);
    return name;
  }

  #text(nodeType: 3 | 7 | 8, nodeName: string, target: string, data: string): void {
    const { childNodes } = this.#open;
    const last = childNodes.at(-1);
    // Text between markup is one node, however it came: in pieces, or partly as CDATA.
    if (nodeType === 3 && last?.nodeType === 3) {
      (last as { -readonly [Key in keyof XmlText]: XmlText[Key] }).data += data;
      return;
    }
    if (nodeType === 3 && this.#open.nodeType === 9) return; // white space around the root is no content
    const order = ++this.#order;
    this.#append({
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

const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** The string value of a node (XPath data model, "dm:string-value"). */
export function stringValue(node: XmlNode): string {
  if (node.nodeType === 2) return node.value;
  if (node.nodeType === 1 || node.nodeType === 9) {
    const [only] = node.childNodes;
    if (only === undefined) return '';
    if (node.childNodes.length === 1 && only.nodeType === 3) return only.data;
    let text = '';
    for (const child of node.childNodes) {
      if (child.nodeType === 3) text += child.data;
      else if (child.nodeType === 1) text += stringValue(child);
    }
    return text;
  }
  return node.data;
}
