/** Names and labels: always acceptable to Kubernetes, and never shared by two originals. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../src/rdf/canonical-json.ts';
import { digest, labelValue, objectName } from '../../src/shim/naming.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.webUrl(),
  fc.constantFrom('', 'web', 'Web', 'WEB', '-web-', '8080', 'a'.repeat(300), 'urn:ngsi-ld:Service:x'),
);

describe('shim names', () => {
  it('are DNS labels that begin with a letter', () => {
    fc.assert(
      fc.property(text, text, (service, component) => {
        assert.match(objectName(service, component), /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
  });

  it('differ where service or component differ', () => {
    fc.assert(
      fc.property(fc.tuple(text, text), fc.tuple(text, text), (a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1]);
        assert.notEqual(objectName(...a), objectName(...b));
      }),
    );
    assert.notEqual(objectName('s', 'Web'), objectName('s', 'web'));
  });

  it('read as what they stand for', () => {
    assert.match(objectName('urn:ngsi-ld:Service:shop', 'Front_End'), /^shop-front-end-[0-9a-f]{8}$/);
  });

  it('are label values that Kubernetes takes, and differ where the originals differ', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.match(labelValue(a), /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
        if (a !== b) assert.notEqual(labelValue(a), labelValue(b));
      }),
    );
    assert.equal(labelValue('web-1'), 'web-1');
  });

  it('digest a value whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(digest(value), digest(turned));
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
    assert.notEqual(digest([1, 2]), digest([2, 1]));
  });
});
