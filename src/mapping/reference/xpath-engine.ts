/**
 * The XPath interpreter, loaded when a mapping has a path that is more than plain.
 *
 * It takes longer to load than most mappings take to run, and a mapping is compiled in one go: so whoever
 * composes the program says how to load it, and the core does not.
 */
import type * as fontoxpath from 'fontoxpath';

export type XPathEngine = typeof fontoxpath;

let load: (() => XPathEngine) | undefined;
let loaded: XPathEngine | undefined;

/** Says how the interpreter is loaded. It is called at most once, and only when it is needed. */
export function provideXPath(provider: () => XPathEngine): void {
  load = provider;
}

/** @throws Error when nobody has said how to load it */
export function xpathEngine(): XPathEngine {
  if (loaded !== undefined) return loaded;
  if (load === undefined) {
    throw new Error('it needs the XPath interpreter, which is not provided here; plain paths do not need it');
  }
  return (loaded = load());
}
