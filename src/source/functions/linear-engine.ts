/** Provides the engine of regular expressions in linear time to the core; to be imported where mappings run. */
import { createRequire } from 'node:module';
import { type LinearEngine, provideLinearEngine } from '../../mapping/function/linear-expression.ts';

provideLinearEngine(() => createRequire(import.meta.url)('re2js') as LinearEngine);
