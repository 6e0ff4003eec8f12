/**
 * Enumerations that a request may name in short: the individuals and the spellings in use for them.
 *
 * A request is written by people and by aerOS tools, which write x86_64, AMD64 and x64 for one thing. The
 * table of the crosswalk stays the authority: a test holds every spelling in it against this list.
 */
import { nearest } from '../errors.ts';
import { NS } from '../rdf/vocab.ts';

export type Enumeration =
  | 'CpuArchitecture'
  | 'OperatingSystem'
  | 'InfrastructureElementTier'
  | 'InfrastructureElementStatus'
  | 'ContainerTechnology';

/** Individual (CURIE), then its spellings; the local name is one by itself. */
const TABLE: Record<Enumeration, readonly (readonly string[])[]> = {
  CpuArchitecture: [
    ['aeros:x64Architecture', 'x86_64', 'AMD64', 'x64', 'x86-64'],
    ['aeros:arm64Architecture', 'arm64', 'aarch64', 'armv8'],
    ['aeros:arm32Architecture', 'arm32', 'arm', 'armhf', 'armv6l', 'armv7', 'armv7l'],
    ['cf:riscv64Architecture', 'RISC-V', 'riscv', 'riscv64', 'risc_v'],
    ['cf:mips64leArchitecture', 'MIPS64LE', 'mips64el'],
    ['cf:ppc64leArchitecture', 'PPC64LE', 'ppc64el', 'powerpc64le'],
    ['cf:s390xArchitecture', 'S390X'],
  ],
  OperatingSystem: [
    ['aeros:Linux', 'linuxOS', 'GNU/Linux'],
    ['aeros:Windows', 'windowsOS'],
    ['cf:MacOS', 'Darwin'],
  ],
  InfrastructureElementTier: [
    ['aeros:CloudTier', 'Cloud'],
    ['aeros:EdgeTier', 'Edge'],
    ['aeros:FarEdgeTier', 'FarEdge', 'far-edge'],
    ['aeros:IotTier', 'IoT'],
    ['cf:CloudOnPremisesTier', 'CloudOnPremises', 'on-premises'],
  ],
  InfrastructureElementStatus: [
    ['aeros:ReadyInfrastructureElement', 'Ready'],
    ['aeros:OverloadInfrastructureElement', 'Overload', 'Overloaded'],
    ['aeros:UnsecureInfrastructureElement', 'Unsecure', 'Insecure'],
    ['aeros:UntrustedInfrastructureElement', 'Untrusted'],
    ['cf:DisabledInfrastructureElement', 'Disabled'],
    ['cf:MaintenanceInfrastructureElement', 'Maintenance'],
  ],
  ContainerTechnology: [
    ['cf:Kubernetes', 'k8s'],
    ['cf:K3s'],
    ['cf:KubeEdge'],
    ['cf:Docker'],
    ['cf:Containerd'],
    ['cf:Podman'],
    ['cf:ISulad'],
    ['cf:Wasm', 'WebAssembly'],
  ],
};

const PREFIXES = { aeros: NS.aeros, cf: NS.cf } as const;

const spellings = new Map<Enumeration, ReadonlyMap<string, string>>(
  (Object.keys(TABLE) as Enumeration[]).map((enumeration) => [enumeration, spellingsOf(enumeration)]),
);

function spellingsOf(enumeration: Enumeration): ReadonlyMap<string, string> {
  const iris = new Map<string, string>();
  for (const [curie = '', ...names] of TABLE[enumeration]) {
    const iri = expandCurie(curie)!;
    const local = curie.slice(curie.indexOf(':') + 1);
    for (const name of [curie, local, iri, ...names]) iris.set(name.toLowerCase(), iri);
  }
  return iris;
}

/** The IRI of `aeros:Name` or `cf:Name`; undefined for any other text. */
export function expandCurie(text: string): string | undefined {
  const match = /^(aeros|cf):([\w.-]+)$/.exec(text);
  return match ? PREFIXES[match[1] as keyof typeof PREFIXES] + match[2]! : undefined;
}

/** Whether a text is an absolute IRI as far as a request has to know. */
export function isAbsoluteIri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(text);
}

export type Resolved =
  | { readonly ok: true; readonly iri: string }
  | { readonly ok: false; readonly message: string };

/**
 * The individual that a spelling means. An absolute IRI outside of the table stands for itself, so that an
 * extension of the ontology can be asked for.
 */
export function resolveIndividual(enumeration: Enumeration, text: string): Resolved {
  const known = spellings.get(enumeration)!;
  const live = new RegExp(`^urn:ngsi-ld:${enumeration}:(.+)$`).exec(text)?.[1];
  const name = (live ?? text).trim();
  const iri = known.get(name.toLowerCase());
  if (iri !== undefined) return { ok: true, iri };
  if (live === undefined && expandCurie(name) === undefined && isAbsoluteIri(name))
    return { ok: true, iri: name };
  const near = nearest(name, known.keys());
  const names = TABLE[enumeration].map((row) => row[1] ?? row[0]!.slice(row[0]!.indexOf(':') + 1));
  const hint =
    near === undefined ? `known are ${names.join(', ')}` : `did you mean ${spelt(enumeration, near)}?`;
  return { ok: false, message: `"${text}" is not a known ${enumeration}; ${hint}` };
}

/** A spelling as the table writes it, for a message. */
function spelt(enumeration: Enumeration, lower: string): string {
  for (const [curie = '', ...names] of TABLE[enumeration]) {
    for (const name of [...names, curie.slice(curie.indexOf(':') + 1), curie]) {
      if (name.toLowerCase() === lower) return name;
    }
  }
  return lower;
}
