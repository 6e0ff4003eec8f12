/** Provides the XPath interpreter to the core; to be imported where mappings are compiled. */
import { createRequire } from 'node:module';
import { provideXPath, type XPathEngine } from '../../mapping/reference/xpath-engine.ts';

provideXPath(() => createRequire(import.meta.url)('fontoxpath') as XPathEngine);
