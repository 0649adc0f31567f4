import { describe, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';

const withApproval = (value: unknown) => loadProfile('paper', [[['approval'], value]]);

describe("a profile's approval policy", () => {
  it('asks nobody in paper and everybody for real money, in the profiles that ship', () => {
    for (const name of ['paper', 'buy-and-hold']) {
      expect(loadProfile(name).profile.approval).toEqual({
        demo: { kind: 'never' },
        live: { kind: 'always' },
      });
    }
  });

  it('reads an amount of money', () => {
    const { profile } = withApproval({
      demo: { kind: 'above', notional: '5000.00' },
      live: { kind: 'always' },
    });
    const notional = brandOf.money(parseAmount('5000'));
    expect(profile.approval.demo).toEqual({ kind: 'above', notional });
  });

  it.each([
    ['nothing', undefined, /approval/],
    ['no word on live', { demo: { kind: 'never' } }, /approval\.live/],
    ['above nothing', { demo: { kind: 'above' }, live: { kind: 'always' } }, /approval\.demo\.notional/],
    [
      'a number for money',
      { demo: { kind: 'above', notional: 5000 }, live: { kind: 'always' } },
      /quoted decimal/,
    ],
    ['a kind of its own', { demo: { kind: 'sometimes' }, live: { kind: 'always' } }, /approval\.demo/],
  ])('that says %s is refused, naming the key', (_, value, message) => {
    expect(() => withApproval(value)).toThrow(message);
  });

  it('is a limit: what was signed under one is not signed under another', () => {
    const never = withApproval({ demo: { kind: 'never' }, live: { kind: 'always' } });
    const always = withApproval({ demo: { kind: 'always' }, live: { kind: 'always' } });
    expect(never.limitsVersion).not.toBe(always.limitsVersion);
  });
});
