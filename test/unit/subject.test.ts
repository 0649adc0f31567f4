// Aim: a subject says exactly which tokens it was made of, whatever text they are, and nothing else can say the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSubject, escapeToken, unescapeToken } from '../../services/kernel/bus/subject.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { AnyBytes } from '../../services/kernel/codec/any-bytes.ts';

const text = fc.string({ unit: 'binary' });

describe('a token', () => {
  it('gives any text back, in characters that every NATS client and server takes', () => {
    fc.assert(
      fc.property(text, (original) => {
        const token = escapeToken(original);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(unescapeToken(token)).toBe(original);
      }),
    );
  });

  it.each(['\ud800', 'a\udfff', '\udc00\ud800'])(
    'refuses %j, which is no text and would come back as another',
    (half) => {
      expect(() => escapeToken(half)).toThrow(RangeError);
    },
  );

  it('has one form only: whatever was not made by the escape is refused', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('=', '2', 'E', 'e', '4', '1', 'A', '_', '.', ' ') }),
        (token) => {
          const original = unescapeToken(token);
          if (original !== undefined) expect(escapeToken(original)).toBe(token);
        },
      ),
    );
  });

  it.each([
    ['BRK.B', 'BRK=2EB'],
    ['', '='],
    ['ES 25', 'ES=2025'],
    ['é', '=C3=A9'],
    ['a=b', 'a=3Db'],
  ])('%j is %s', (original, token) => {
    expect(escapeToken(original)).toBe(token);
  });

  it.each([
    ['a plain letter that is escaped', '=41'],
    ['small hexadecimal digits', 'BRK=2eB'],
    ['an escape cut short', 'BRK=2'],
    ['an empty text with something behind it', '=='],
    ['bytes that are no UTF-8', '=C3'],
    ['a dot', 'BRK.B'],
    ['a wildcard', '*'],
    ['nothing', ''],
  ])('%s is refused', (_, token) => {
    expect(unescapeToken(token)).toBeUndefined();
  });
});

describe('a family of subjects', () => {
  const family = defineSubject('data.v1.bar.<interval>.<venue>.<instrument>', AnyBytes, {
    publishers: [],
    subscribers: [],
    carriedBy: 'core',
    purpose: '',
  });

  it('gives the tokens of a subject back', () => {
    fc.assert(
      fc.property(fc.record({ interval: text, venue: text, instrument: text }), (tokens) => {
        expect(family.tokensOf(family.of(tokens).name)).toEqual(tokens);
      }),
    );
  });

  it('turns tokens left out into wildcards', () => {
    expect(family.matching({ venue: 'X.Y' }).name).toBe('data.v1.bar.*.X=2EY.*');
  });

  it.each([
    ['another family', 'data.v1.quote.1m.XNAS.SPY'],
    ['a token too few', 'data.v1.bar.1m.XNAS'],
    ['a token too many', 'data.v1.bar.1m.XNAS.BRK.B'],
    ['a token in another form', 'data.v1.bar.1m.XNAS.=53PY'],
  ])('knows no tokens of %s', (_, name) => {
    expect(family.tokensOf(name)).toBeUndefined();
  });
});

it('no subject of the system is a subject of two families', () => {
  const families = Object.values(subjects);
  for (const family of families) {
    const name = family.template.replaceAll(/<\w+>/g, 'x');
    const owners = families.filter((other) => matches(other.template, name));
    expect({ name, owners: owners.map(({ template }) => template) }).toEqual({
      name,
      owners: [family.template],
    });
  }
});

function matches(template: string, name: string): boolean {
  const parts = template.split('.');
  const tokens = name.split('.');
  return (
    parts.length === tokens.length &&
    parts.every((part, index) => part.startsWith('<') || part === tokens[index])
  );
}
