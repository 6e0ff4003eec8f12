/** Which MQTT brokers a mapping may read from: those whose address is among the allowed origins. */
import { FabricError } from '../../errors.ts';

/** @throws FabricError `origin-refused` */
export function checkBroker(broker: string, allowedOrigins: readonly string[]): void {
  const address = brokerAddress(broker);
  if (allowedOrigins.some((origin) => address !== undefined && brokerAddress(origin) === address)) return;
  throw new FabricError('origin-refused', `Broker <${broker}> is one that mappings may not read from`, {
    location: { source: broker },
    extensions: { supported: allowedOrigins, hint: `Allow it with --allow-origin ${broker}.` },
  });
}

/** Scheme, host and port as one text; undefined for what is no address of a broker. */
function brokerAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, port } = new URL(address);
  if (protocol !== 'mqtt:' && protocol !== 'mqtts:') return undefined;
  const usual = protocol === 'mqtt:' ? '1883' : '8883';
  return `${protocol}//${hostname}:${port === '' ? usual : port}`;
}
