/**
 * An XML document as a light tree. Nodes know their place in the order of the document; nothing here knows
 * XPath, nor how a text becomes a tree.
 */

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
