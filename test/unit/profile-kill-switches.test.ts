// Aim: a profile says of each switch whose orders it stops and what it does; what cannot be measured is refused with a
// sentence, before anything starts.
import { describe, expect, it } from 'vitest';
import { switchDefinitions } from '../../infra/config/kill-switches.ts';
import { loadProfile, type Override } from '../../infra/config/load-profile.ts';

const lossOfOne = {
  enabled: true,
  threshold: '2%',
  action: 'pause',
  grace: '30s',
  onGraceExpired: 'stay',
  coolDown: '1m',
};

function load(path: readonly string[], value: unknown) {
  const overrides: readonly Override[] = [[['killSwitches', ...path], value]];
  return loadProfile('paper', overrides);
}

function definitionOf(name: string, loaded = loadProfile('paper')) {
  return switchDefinitions(loaded.profile.killSwitches).find((definition) => definition.name === name);
}

describe('the switches of a profile', () => {
  it('count for everybody unless they say otherwise', () => {
    const { killSwitches } = loadProfile('paper').profile;
    expect(switchDefinitions(killSwitches).map(({ scope }) => scope)).toEqual(
      Array.from({ length: 14 }, () => ({ kind: 'all', id: '' })),
    );
    expect(definitionOf('dailyLoss')).toEqual({
      name: 'dailyLoss',
      kind: 'dailyLoss',
      scope: { kind: 'all', id: '' },
      enabled: true,
      threshold: 0.05,
      action: 'stop',
      graceUs: 30_000_000,
      onGraceExpired: 'stay',
      coolDownUs: 300_000_000,
    });
    expect(definitionOf('staleData')?.threshold).toBe(30_000_000);
    expect(definitionOf('orderRate')?.threshold).toBe(200);
    expect(definitionOf('manual')?.threshold).toBeUndefined();
  });

  it('count for the account or the venue when they say so', () => {
    const ofAccount = load(['dailyLoss', 'scope'], { account: 'paper-1' });
    expect(definitionOf('dailyLoss', ofAccount)?.scope).toEqual({ kind: 'account', id: 'paper-1' });
    const ofVenue = load(['staleData', 'scope'], { venue: 'paper' });
    expect(definitionOf('staleData', ofVenue)?.scope).toEqual({ kind: 'venue', id: 'paper' });
  });

  it('of one strategy stand beside those of the account, and are part of the limits that people sign for', () => {
    const loaded = load(['ofStrategies'], { 'sma-cross': { dailyLoss: lossOfOne } });
    expect(definitionOf('dailyLoss-sma-cross', loaded)).toMatchObject({
      kind: 'dailyLoss',
      scope: { kind: 'strategy', id: 'sma-cross' },
      threshold: 0.02,
      action: 'pause',
    });
    expect(definitionOf('dailyLoss', loaded)).toEqual(definitionOf('dailyLoss'));
    expect(loaded.limitsVersion).not.toBe(loadProfile('paper').limitsVersion);
  });

  it('may sell everything', () => {
    expect(definitionOf('maxDrawdown', load(['maxDrawdown', 'action'], 'liquidate'))?.action).toBe(
      'liquidate',
    );
  });
});

const refusals: readonly (readonly [string, readonly string[], unknown, RegExp])[] = [
  [
    'to sell on the word of somebody who has not signed',
    ['manual', 'action'],
    'liquidate',
    /killSwitches\.manual\.action: expected 'pause' or 'stop', for nobody signs a manual trip, found "liquidate"/,
  ],
  [
    'another account',
    ['dailyLoss', 'scope'],
    { account: 'paper-2' },
    /killSwitches\.dailyLoss\.scope\.account: expected 'paper-1', the only account of this profile, found "paper-2"/,
  ],
  [
    'another venue',
    ['volatility', 'scope'],
    { venue: 'moon' },
    /killSwitches\.volatility\.scope\.venue: expected 'paper', the only venue of this profile, found "moon"/,
  ],
  [
    'a strategy where the account is measured',
    ['dailyLoss', 'scope'],
    { strategy: 'sma-cross' },
    /killSwitches\.dailyLoss\.scope: .*what is measured of one strategy stands under 'ofStrategies'/,
  ],
  [
    'a strategy that is not there',
    ['ofStrategies'],
    { 'sma-crass': { dailyLoss: lossOfOne } },
    /killSwitches\.ofStrategies\.sma-crass: expected the id of a strategy of this profile \(sma-cross\)/,
  ],
  ...['volatility', 'connectionLoss', 'staleData', 'reconciliationBreak', 'operatorDeadMan', 'manual'].map(
    (kind): (typeof refusals)[number] => [
      `${kind} of one strategy`,
      ['ofStrategies'],
      { 'sma-cross': { [kind]: lossOfOne } },
      new RegExp(
        `killSwitches\\.ofStrategies\\.sma-cross\\.${kind}: expected no such switch of one strategy, for .*, found`,
      ),
    ],
  ),
  [
    'a switch nobody knows',
    ['ofStrategies'],
    { 'sma-cross': { dailyLuck: lossOfOne } },
    /ofStrategies\.sma-cross\.dailyLuck: expected no such key/,
  ],
  [
    'a threshold left out',
    ['ofStrategies'],
    { 'sma-cross': { dailyLoss: { ...lossOfOne, threshold: undefined } } },
    /ofStrategies\.sma-cross\.dailyLoss\.threshold: expected a ratio/,
  ],
];

it.each(refusals)('refuses %s', (_, path, value, message) => {
  expect(() => load(path, value)).toThrow(message);
});
