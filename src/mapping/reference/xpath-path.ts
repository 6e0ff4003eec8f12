/**
 * XPath of the plain kind, as straight loops: names, attributes, `text()`, `.`, `..`, `*`, `/` and `//`.
 *
 * What it does not understand it leaves to the general interpreter; what it understands it evaluates exactly
 * as XPath says: nodes in the order of the document, none twice.
 */
import type { XmlChild, XmlDocument, XmlNode } from './xml-tree.ts';

export type PlainAxis = 'child' | 'attribute' | 'descendant' | 'text' | 'self' | 'parent';

export interface PlainStep {
  readonly axis: PlainAxis;
  /** Undefined: any. */
  readonly name?: { readonly uri: string | null; readonly local: string };
}

const STEP =
  /(?<slash>\/\/?)?(?:(?<up>\.\.)|(?<self>\.)|(?<text>text\(\s*\))|(?<at>@)?(?:(?<any>\*)|(?:(?<prefix>[\p{L}_][\p{L}\p{N}_.-]*):(?![:*]))?(?<name>[\p{L}_][\p{L}\p{N}_.-]*)(?![\s\p{L}\p{N}_.:(-])))/uy;

export type SelectNodes = (context: XmlNode) => readonly XmlNode[];

/**
 * Compiles a path.
 *
 * @returns undefined when the general interpreter has to do it
 * @throws Error for a prefix that is not declared
 */
export function compilePlainPath(
  path: string,
  namespaces: Readonly<Record<string, string>>,
): SelectNodes | undefined {
  const parsed = plainPathOf(path, namespaces);
  if (parsed === undefined) return undefined;
  const { rooted, steps, ordered } = parsed;
  const [only] = steps;
  if (!rooted && steps.length === 1 && only !== undefined) {
    return (context) => {
      const found: XmlNode[] = [];
      take(only, context, found);
      return found;
    };
  }
  return (context) => {
    let current: readonly XmlNode[] = [rooted ? rootOf(context) : context];
    for (const step of steps) {
      const next: XmlNode[] = [];
      for (const node of current) take(step, node, next);
      current = next;
    }
    return ordered ? current : inOrder(current);
  };
}

export interface PlainPath {
  readonly rooted: boolean;
  readonly steps: readonly PlainStep[];
  /** Whether the loops give document order by themselves. */
  readonly ordered: boolean;
}

/**
 * The steps of a path.
 *
 * @returns undefined for a path that is not plain
 * @throws Error for a prefix that is not declared
 */
export function plainPathOf(
  text: string,
  namespaces: Readonly<Record<string, string>>,
): PlainPath | undefined {
  const path = text.trim();
  if (path === '/') return { rooted: true, steps: [], ordered: true };
  const steps: PlainStep[] = [];
  let rooted = false;
  let ordered = true;
  let at = 0;
  while (at < path.length) {
    STEP.lastIndex = at;
    const groups = STEP.exec(path)?.groups;
    if (groups === undefined) return undefined;
    const { slash } = groups;
    if (at === 0) rooted = slash !== undefined;
    else if (slash === undefined) return undefined;
    at = STEP.lastIndex;
    const step = stepOf(groups, namespaces);
    if (slash === '//') {
      // `//x` is every descendant x; other steps behind `//` are left to the interpreter.
      if (step.axis !== 'child') return undefined;
      steps.push({ ...step, axis: 'descendant' });
    } else steps.push(step);
    // Below descendants, and above several nodes, the order has to be made again.
    const { axis } = steps.at(-1)!;
    if (axis === 'descendant' && steps.length > 1) ordered = false;
    if (steps.slice(0, -1).some((earlier) => earlier.axis === 'descendant')) ordered = false;
    if (axis === 'parent' && !steps.every((one) => one.axis === 'parent' || one.axis === 'self'))
      ordered = false;
  }
  return steps.length === 0 ? undefined : { rooted, steps, ordered };
}

function stepOf(
  groups: Readonly<Record<string, string | undefined>>,
  namespaces: Readonly<Record<string, string>>,
): PlainStep {
  const { up, self, text, at, prefix, name } = groups;
  if (up !== undefined) return { axis: 'parent' };
  if (self !== undefined) return { axis: 'self' };
  if (text !== undefined) return { axis: 'text' };
  const axis = at === undefined ? 'child' : 'attribute';
  if (name === undefined) return { axis };
  return { axis, name: { uri: prefix === undefined ? null : namespaceOf(prefix, namespaces), local: name } };
}

/** @throws Error for a prefix that is not declared */
export function namespaceOf(prefix: string, namespaces: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(namespaces, prefix)) return namespaces[prefix]!;
  if (prefix === 'xml') return 'http://www.w3.org/XML/1998/namespace';
  const known = Object.keys(namespaces);
  throw new Error(
    `the prefix "${prefix}" is not declared; declare it with rml:namespace` +
      (known.length === 0 ? '' : ` (declared: ${known.join(', ')})`),
  );
}

function take(step: PlainStep, node: XmlNode, into: XmlNode[]): void {
  switch (step.axis) {
    case 'self':
      into.push(node);
      return;
    case 'parent':
      if (node.parentNode !== null) into.push(node.parentNode);
      return;
    case 'attribute':
      if (node.nodeType !== 1) return;
      for (const attribute of node.attributes) if (matchesStep(step, attribute)) into.push(attribute);
      return;
    default:
      if (node.nodeType !== 1 && node.nodeType !== 9) return;
      for (const child of node.childNodes) takeChild(step, child, into);
  }
}

function takeChild(step: PlainStep, child: XmlChild, into: XmlNode[]): void {
  if (step.axis === 'text') {
    if (child.nodeType === 3) into.push(child);
    return;
  }
  if (child.nodeType !== 1) return;
  if (matchesStep(step, child)) into.push(child);
  if (step.axis === 'descendant') for (const below of child.childNodes) takeChild(step, below, into);
}

/** Whether a node has the name of a step. */
export const matchesStep = (
  { name }: PlainStep,
  node: { readonly localName: string; readonly namespaceURI: string | null },
): boolean => name === undefined || (node.localName === name.local && node.namespaceURI === name.uri);

function rootOf(node: XmlNode): XmlDocument | XmlNode {
  let root = node;
  while (root.parentNode !== null) root = root.parentNode;
  return root;
}

function inOrder(nodes: readonly XmlNode[]): readonly XmlNode[] {
  const sorted = [...new Set(nodes)];
  return sorted.sort((a, b) => a.order - b.order);
}
