/**
 * The hook that every entry passes before it does anything: may this principal do this, here?
 *
 * The default allows everything; who may connect at all is decided at the doors (loopback, token).
 */
import { FabricError } from './errors.ts';
import type { Principal } from './log/change.ts';

export type Action = 'read' | 'ingest' | 'update' | 'place' | 'validate' | 'admin';

export interface Target {
  readonly tenant: string;
  readonly source?: string;
  readonly graph?: string;
}

export type Authorize = (principal: Principal, action: Action, target: Target) => boolean;

export const allowAll: Authorize = () => true;

/** The only tenant there is so far. */
export const DEFAULT_TENANT = 'default';

/** @throws FabricError `unknown-tenant`, `forbidden` */
export function admit(authorize: Authorize, principal: Principal, action: Action, target: Target): void {
  if (target.tenant !== DEFAULT_TENANT) {
    throw new FabricError('unknown-tenant', `Tenant "${target.tenant}" does not exist`, {
      extensions: { supported: [DEFAULT_TENANT] },
    });
  }
  if (authorize(principal, action, target)) return;
  const where = target.graph ?? target.source;
  throw new FabricError(
    'forbidden',
    `Principal "${principal.id}" may not ${action}${where === undefined ? '' : ` ${where}`}`,
  );
}
