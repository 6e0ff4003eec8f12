/**
 * The tree of an XML document as the XPath interpreter sees it.
 */
import type { IDomFacade } from 'fontoxpath';
import type { XmlAttribute, XmlChild, XmlElement, XmlNode, XmlParent, XmlText } from './xml-tree.ts';

const isParent = (node: XmlNode): node is XmlParent => node.nodeType === 1 || node.nodeType === 9;

const childrenOf = (node: XmlNode): readonly XmlChild[] => (isParent(node) ? node.childNodes : []);

/** The child that lies `step` places beside `node`. */
function beside(node: XmlNode, step: 1 | -1): XmlChild | null {
  if (node.nodeType === 2 || node.parentNode === null) return null;
  return node.parentNode.childNodes[node.index + step] ?? null;
}

const facade = {
  getAllAttributes: (node: XmlElement): readonly XmlAttribute[] => node.attributes,
  getAttribute: (node: XmlElement, name: string): string | null =>
    node.attributes.find((attribute) => attribute.name === name)?.value ?? null,
  getChildNodes: childrenOf,
  getData: (node: XmlAttribute | XmlText): string => (node.nodeType === 2 ? node.value : node.data),
  getFirstChild: (node: XmlNode): XmlChild | null => childrenOf(node)[0] ?? null,
  getLastChild: (node: XmlNode): XmlChild | null => childrenOf(node).at(-1) ?? null,
  getNextSibling: (node: XmlNode): XmlChild | null => beside(node, 1),
  getParentNode: (node: XmlNode): XmlParent | null => node.parentNode,
  getPreviousSibling: (node: XmlNode): XmlChild | null => beside(node, -1),
};

/** The library describes its nodes by types that it does not export whole; at run time it asks for no more. */
export const xmlFacade = facade as unknown as IDomFacade;
