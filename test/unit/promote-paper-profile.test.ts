// Aim: a profile for paper is what was validated, under the narrower of its own limits and the gate's, with guards where a
// profile of backtests has none; and a promotion is written once, and found again as it was or not.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { profileText, withChanges } from '../../infra/config/derived-profile.ts';
import { loadProfile, type Override, readProfile } from '../../infra/config/load-profile.ts';
import type { Profile } from '../../infra/config/profile.ts';
import { computeBuildHash } from '../../infra/process/build-hash.ts';
import { PromotionStore } from '../../infra/run-store/promotion-store.ts';
import { checkPromoted, termsOf } from '../../infra/strategy/promoted-profile.ts';
import { hashStrategySources } from '../../infra/strategy/strategy-source.ts';
import { liveDocument } from '../../services/research/promote/live.ts';
import { paperDocument } from '../../services/research/promote/paper-profile.ts';
import { type GateFacts, type RiskLimits, usualLimits } from '../../services/research/validate/gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-promote-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const validated = (name: string, changes: readonly Override[] = []) => {
  const { document } = loadProfile(name, changes);
  return readProfile(document, { name, file: name });
};
const facts = (limits: Partial<RiskLimits> = {}): GateFacts => ({
  limits: { ...usualLimits, ...limits },
  ...{
    screen: 'none',
    doubts: { isPriceBroken: false, sentences: [] },
    costs: [],
    regimes: [],
    signalsChanged: 0,
    signals: 1,
    signalsAtCuts: 1,
  },
  run: {
    ...{ sharpeAnnual: 1, returnAnnualRatio: 0.1, maxDrawdownRatio: 0.1, worstDayRatio: 0, trades: 50 },
    ...{
      maxPositionRatio: 0,
      maxLeverageRatio: 0,
      minCashRatio: 1,
      positionsMax: 1,
      deflatedSharpe: 1,
      ruin: null,
    },
  },
});
/** Of the program and the strategies that there are. */
const promotionNow = (terms: string, strategies: Profile['strategies']) => ({
  ...{ to: 'paper', run: 'a-run', decision: 'approved', stateHash: '1'.repeat(64), terms },
  dataFingerprint: '2'.repeat(64),
  buildHash: computeBuildHash(),
  sources: hashStrategySources(strategies.map(({ module }) => module)),
});
const paperOf = (name: string, limits: Partial<RiskLimits> = {}, changes: readonly Override[] = []) =>
  readProfile(paperDocument({ loaded: validated(name, changes), facts: facts(limits) }), {
    name,
    file: name,
  });

describe('a profile for paper', () => {
  it('of one of backtests has the limits of the gate, and the guards of paper', () => {
    const { profile } = paperOf('backtest', { positionRatioMax: 0.6 });
    const paper = loadProfile('paper').profile;
    expect(profile).toMatchObject({
      environment: 'paper',
      account: 'paper-1',
      strategies: validated('backtest').profile.strategies,
      limits: {
        positionRatioMax: 600_000_000n,
        grossExposureRatioMax: 1_000_000_000n,
        leverageRatioMax: 1_000_000_000n,
        cashReserveRatio: 50_000_000n,
        openPositionsMax: 20,
        ordersPerSecondMax: paper.limits.ordersPerSecondMax,
        repeatedExecutions: paper.limits.repeatedExecutions,
        quoteAgeMax: paper.limits.quoteAgeMax,
        orderValueMax: paper.limits.orderValueMax,
        orderQuantityMax: paper.limits.orderQuantityMax,
        dailyTradesMax: paper.limits.dailyTradesMax,
      },
      killSwitches: {
        maxDrawdown: { enabled: true, threshold: 250_000_000n },
        dailyLoss: { enabled: true, threshold: 50_000_000n },
        orderRate: paper.killSwitches.orderRate,
        staleData: paper.killSwitches.staleData,
        positionSize: paper.killSwitches.positionSize,
        grossExposure: paper.killSwitches.grossExposure,
        volatility: paper.killSwitches.volatility,
      },
    });
  });

  it('of one of backtests keeps each guard that is narrower than that of paper, or on', () => {
    const own: readonly Override[] = [
      [['limits', 'dailyTradesMax'], 20],
      [['limits', 'ordersPerSecondMax'], 3],
      [['limits', 'orderValueMax'], '900.00'],
      [['limits', 'orderQuantityMax'], '7'],
      [['limits', 'quoteAgeMax'], '5s'],
      [['limits', 'repeatedExecutions'], { countMax: 4, window: '1s' }],
      [['killSwitches', 'orderRate', 'enabled'], true],
      [['killSwitches', 'orderRate', 'threshold'], 9],
      [['killSwitches', 'positionSize', 'enabled'], true],
      [['killSwitches', 'positionSize', 'action'], 'stop'],
    ];
    const { limits, killSwitches } = validated('backtest', own).profile;
    const { profile } = paperOf('backtest', {}, own);
    const { dailyTradesMax, ordersPerSecondMax, orderValueMax, orderQuantityMax, quoteAgeMax } = limits;
    expect(profile).toMatchObject({
      limits: {
        ...{ dailyTradesMax, ordersPerSecondMax, orderValueMax, orderQuantityMax, quoteAgeMax },
        repeatedExecutions: {
          countMax: 4,
          window: loadProfile('paper').profile.limits.repeatedExecutions.window,
        },
      },
      killSwitches: { orderRate: killSwitches.orderRate, positionSize: killSwitches.positionSize },
    });
  });

  it('keeps what is narrower than the gate', () => {
    const { profile } = paperOf(
      'paper',
      { positionRatioMax: 0.5, cashRatioMin: 0.01, drawdownRatioMax: 0.2 },
      [
        [['killSwitches', 'dailyLoss', 'threshold'], '6%'],
        [['limits', 'ordersPerSecondMax'], 7],
      ],
    );
    expect(profile).toMatchObject({
      limits: { positionRatioMax: 100_000_000n, cashReserveRatio: 50_000_000n, ordersPerSecondMax: 7 },
      killSwitches: { maxDrawdown: { threshold: 150_000_000n }, dailyLoss: { threshold: 50_000_000n } },
    });
  });

  it('is read back from its file as it was, and has the same limits version', () => {
    const document = paperDocument({ loaded: validated('paper'), facts: facts() });
    const file = join(folder, 'read-back.yaml');
    writeFileSync(file, profileText(document, ['of a test: "quoted"']));
    const loaded = loadProfile(file);
    expect(loaded.document).toEqual(document);
    expect(loaded.limitsVersion).toBe(readProfile(document, { name: 'paper', file }).limitsVersion);
  });

  it('runs what was promoted, or nothing', () => {
    const promotion = {
      ...{ to: 'paper', run: 'a-run', decision: 'approved', stateHash: '1'.repeat(64) },
      ...{
        dataFingerprint: '2'.repeat(64),
        buildHash: '3'.repeat(64),
        sources: { 'sma-cross': '4'.repeat(64) },
      },
    };
    const { document: own } = loadProfile('paper');
    const document = withChanges(own, [[['promotion'], { ...promotion, terms: termsOf(own) }]]);
    const loaded = readProfile(document, { name: 'paper', file: 'promoted.yaml' });
    expect(() => checkPromoted(loaded)).toThrow(
      /promoted from the run a-run, and the file of the strategy sma-cross \(44444444 then, \w{8} now\) and the program \(33333333 then/,
    );
    expect(() => checkPromoted(loaded)).not.toThrow(/what it says/);
    expect(() => checkPromoted(loadProfile('paper'))).not.toThrow();
  });

  it.each([
    ['parameters', [['strategies', '0', 'parameters'], { fast: 5, slow: 30, notional: 6000 }]],
    ['a limit', [['limits', 'positionRatioMax'], '90%']],
    ['the sizing', [['limits', 'sizing'], { kind: 'fixedFraction', ratio: '50%' }]],
    ['the approval', [['approval', 'demo'], { kind: 'always' }]],
    ['a kill switch', [['killSwitches', 'maxDrawdown', 'enabled'], false]],
  ] as const)('does not run as promoted with another word on %s', (_what, change: Override) => {
    const { document: own, profile } = loadProfile('paper');
    const file = join(folder, 'terms.yaml');
    const promotion = promotionNow(termsOf(own), profile.strategies);
    writeFileSync(file, profileText(withChanges(own, [[['promotion'], promotion]]), ['of a test']));
    expect(() => checkPromoted(loadProfile(file))).not.toThrow();
    expect(() => checkPromoted(loadProfile(file, [[['monitor', 'port'], 0]]))).not.toThrow();
    expect(() => checkPromoted(loadProfile(file, [change]))).toThrow(
      /promoted from the run a-run, and what it says of strategies, limits, approval or kill switches changed/,
    );
  });

  it('for real money is read back before it is written, but for its environment', () => {
    const { document, profile } = loadProfile('paper');
    const promotion = { ...promotionNow(termsOf(document), profile.strategies), to: 'live' };
    const promoted = { name: 'a-run', document };
    const live = liveDocument(promoted, { approval: { kind: 'above', notional: '5000.00' }, promotion });
    expect(live).toMatchObject({
      environment: 'live',
      approval: { live: { kind: 'above', notional: '5000.00' } },
      promotion: { to: 'live', terms: termsOf(live) },
    });
    expect(termsOf(live)).not.toBe(promotion.terms);
    expect(() => liveDocument(promoted, { approval: { kind: 'above' }, promotion })).toThrow(
      /the live profile of a-run: approval\.live\.notional/,
    );
  });
});

describe('a promotion', () => {
  const run = { id: 'a-run', folder: join(folder, 'research', 'runs', 'a-run') };
  mkdirSync(run.folder, { recursive: true });
  const store = new PromotionStore(folder, run);
  const write = (text: string, place?: string) =>
    store.write('paper', { text, record: { decision: 'approved' }, place });

  it('is written once, and never over something else', () => {
    expect(store.known('paper')).toBeUndefined();
    const { profile, kept } = write('a: 1\n');
    expect(profile).toBe(join(folder, 'profiles', 'a-run-paper.yaml'));
    const record = readFileSync(kept, 'utf8');
    expect(write('a: 1\n').profile).toBe(profile);
    expect(readFileSync(kept, 'utf8')).toBe(record);
    expect(() => write('a: 2\n')).toThrow('exists already, and says something else');
    expect(readFileSync(profile, 'utf8')).toBe('a: 1\n');
    expect(readdirSync(join(folder, 'profiles'))).toEqual(['a-run-paper.yaml']);
  });

  it('is not written through what has its name and leads elsewhere', () => {
    const [place, target] = [join(folder, 'profiles', 'led.yaml'), join(folder, 'target.yaml')];
    symlinkSync(target, place);
    expect(() => write('a: 1\n', place)).toThrow('cannot be written');
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(join(folder, 'profiles')).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('is known as it was, as edited, or as gone', () => {
    const { profile } = write('a: 1\n', join(folder, 'elsewhere', 'mine.yaml'));
    expect(store.known('paper')).toEqual({ profile, state: 'unchanged' });
    writeFileSync(profile, 'a: 3\n');
    expect(store.known('paper')).toEqual({ profile, state: 'edited' });
    rmSync(profile);
    expect(store.known('paper')).toEqual({ profile, state: 'gone' });
  });
});
