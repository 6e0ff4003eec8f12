/**
 * Content negotiation (RFC 9110, section 12.5.1): the offer that the client likes best, or a refusal that
 * names all offers.
 */
import type { Request } from 'express';
import { FabricError } from '../errors.ts';

/** A representation that can be given: the first media type is the one that is answered with. */
export interface Offer<Name extends string> {
  readonly name: Name;
  readonly mediaTypes: readonly [string, ...string[]];
}

export interface Agreed<Name extends string> {
  readonly name: Name;
  /** As asked for. */
  readonly mediaType: string;
}

/**
 * @param offers  in the order of preference where the client has none
 * @throws FabricError `not-acceptable` with `supported`
 */
export function negotiate<Name extends string>(req: Request, offers: readonly Offer<Name>[]): Agreed<Name> {
  const agreed = tryNegotiate(req, offers);
  if (agreed) return agreed;
  const supported = offers.map(({ mediaTypes }) => mediaTypes[0]);
  throw new FabricError('not-acceptable', `None of ${req.get('Accept') ?? '*/*'} can be given here`, {
    extensions: { supported },
  });
}

export function tryNegotiate<Name extends string>(
  req: Request,
  offers: readonly Offer<Name>[],
): Agreed<Name> | undefined {
  // Preferred media types of all offers come before their aliases, so that */* never picks an alias.
  const types = [
    ...offers.map(({ mediaTypes }) => mediaTypes[0]),
    ...offers.flatMap(({ mediaTypes }) => mediaTypes.slice(1)),
  ];
  const best = req.accepts(types);
  if (best === false) return undefined;
  const offer = offers.find(({ mediaTypes }) => mediaTypes.includes(best));
  return offer && { name: offer.name, mediaType: best };
}
