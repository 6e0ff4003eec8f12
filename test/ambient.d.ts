// Declarations for packages that ship none and only tests need.
declare module 'rdf-canonize' {
  export function canonize(
    dataset: readonly unknown[],
    options: { algorithm: 'RDFC-1.0'; maxWorkFactor?: number },
  ): Promise<string>;
}
