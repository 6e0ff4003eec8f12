/**
 * What every orchestrator demands of an allocation, checked once before anything is planned.
 *
 * A shim must never send half of a decision because the other half is malformed.
 */
import { FabricError } from '../errors.ts';
import type { AllocationToRun, EnvSpec, PortSpec, ShimDecision } from './shim.ts';

const PROTOCOLS = new Set(['TCP', 'UDP', 'SCTP']);

/**
 * @throws FabricError `request-invalid`, naming every wrong member of every component
 */
export function checkAllocations(decision: ShimDecision): void {
  const errors = decision.allocations.flatMap((allocation) => faultsOf(allocation));
  const seen = new Set<string>();
  for (const { service, component } of decision.allocations) {
    const key = `${service}\n${component.name}`;
    if (seen.has(key)) errors.push(`Component ${component.name} of ${service} is allocated twice`);
    seen.add(key);
  }
  if (errors.length === 0) return;
  throw new FabricError(
    'request-invalid',
    `Decision ${decision.id} cannot be carried out: ${errors.join('; ')}`,
    {
      extensions: { errors },
    },
  );
}

/** The protocol as Kubernetes and aerOS write it. */
export function protocolOf(port: PortSpec): string {
  return port.protocol.toUpperCase();
}

/** The two parts of a secret reference; the key defaults to `fallbackKey`. */
export function parseSecretRef(reference: string, fallbackKey: string): { name: string; key: string } {
  const slash = reference.indexOf('/');
  if (slash < 0) return { name: reference, key: fallbackKey };
  return { name: reference.slice(0, slash), key: reference.slice(slash + 1) };
}

function faultsOf({ component, element }: AllocationToRun): string[] {
  const faults: string[] = [];
  const fault = (text: string) => faults.push(`component ${component.name} ${text}`);
  if (component.name === '') fault('has an empty name');
  if (!/^[^\s]+$/.test(component.image)) fault(`has no valid image: "${component.image}"`);
  if (element.hostname === '') fault(`is placed on ${element.id}, which has no host name`);
  for (const port of component.ports) if (!isPort(port)) fault(`has port ${port.number}/${port.protocol}`);
  for (const repeated of duplicates(component.ports.map((port) => `${port.number}/${protocolOf(port)}`))) {
    fault(`names port ${repeated} twice`);
  }
  for (const variable of component.env) checkVariable(variable, fault);
  for (const repeated of duplicates(component.env.map((variable) => variable.name))) {
    fault(`sets variable ${repeated} twice`);
  }
  for (const [name, amount] of [
    ['cpuMillicores', component.cpuMillicores],
    ['memoryBytes', component.memoryBytes],
    ['gpuCount', component.gpuCount],
  ] as const) {
    if (amount !== undefined && !(Number.isSafeInteger(amount) && amount >= 0)) {
      fault(`has ${name} ${amount}, which is no whole amount`);
    }
  }
  return faults;
}

function checkVariable(variable: EnvSpec, fault: (text: string) => void): void {
  if (!/^[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(variable.name)) fault(`has a variable named "${variable.name}"`);
  if ((variable.value === undefined) === (variable.secretRef === undefined)) {
    fault(`gives variable ${variable.name} neither or both of a value and a secret`);
  }
}

function isPort(port: PortSpec): boolean {
  return (
    Number.isInteger(port.number) &&
    port.number > 0 &&
    port.number < 65_536 &&
    PROTOCOLS.has(protocolOf(port))
  );
}

function duplicates(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}
