// Runs a jest-style test file without jest, and reports by the Test Anything Protocol.
import { isDeepStrictEqual, inspect } from 'node:util';
import { pathToFileURL } from 'node:url';

const print = process.stdout.write.bind(process.stdout);
const equal = isDeepStrictEqual;
const show = inspect;
const exit = process.exit.bind(process);
const tests = [];
let group = { parent: null, before: [], after: [], first: [], last: [] };

const within = (title, body) => {
  const outer = group;
  group = { parent: outer, before: [], after: [], first: [], last: [] };
  body();
  group = outer;
};
const add = (title, body) => tests.push({ title, body, group });
for (const [name, made] of [['test', add], ['it', add], ['xtest', add], ['xit', add], ['describe', within], ['xdescribe', within]]) {
  globalThis[name] = Object.assign((...given) => made(...given), { skip: made, only: made });
}
globalThis.beforeEach = (body) => group.before.push(body);
globalThis.afterEach = (body) => group.after.push(body);
globalThis.beforeAll = (body) => group.first.push(body);
globalThis.afterAll = (body) => group.last.push(body);

const plain = (value) => {
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined).map(([key, each]) => [key, plain(each)]));
  }
  return value;
};
const thrown = (call) => {
  try {
    call();
  } catch (error) {
    return { error };
  }
  return null;
};
const said = (error, wanted) => {
  if (wanted === undefined) return true;
  const message = String(error?.message ?? error);
  if (wanted instanceof RegExp) return wanted.test(message);
  if (typeof wanted === 'function') return error instanceof wanted;
  return wanted instanceof Error ? message === wanted.message : message.includes(String(wanted));
};
const MATCHERS = {
  toBe: (value, wanted) => Object.is(value, wanted),
  toEqual: (value, wanted) => equal(plain(value), plain(wanted)),
  toStrictEqual: (value, wanted) => equal(value, wanted),
  toBeUndefined: (value) => value === undefined,
  toBeDefined: (value) => value !== undefined,
  toBeNull: (value) => value === null,
  toBeNaN: (value) => Number.isNaN(value),
  toBeTruthy: (value) => Boolean(value),
  toBeFalsy: (value) => !value,
  toBeInstanceOf: (value, wanted) => value instanceof wanted,
  toBeGreaterThan: (value, wanted) => value > wanted,
  toBeGreaterThanOrEqual: (value, wanted) => value >= wanted,
  toBeLessThan: (value, wanted) => value < wanted,
  toBeLessThanOrEqual: (value, wanted) => value <= wanted,
  toBeCloseTo: (value, wanted, digits = 2) => Math.abs(value - wanted) < 10 ** -digits / 2,
  toHaveLength: (value, wanted) => value.length === wanted,
  toContain: (value, wanted) => [...value].includes(wanted) || (typeof value === 'string' && value.includes(wanted)),
  toContainEqual: (value, wanted) => [...value].some((each) => equal(plain(each), plain(wanted))),
  toMatch: (value, wanted) => (wanted instanceof RegExp ? wanted.test(value) : value.includes(wanted)),
  toHaveProperty: (value, wanted) => wanted in value,
  toThrow: (value, wanted) => ((found) => found !== null && said(found.error, wanted))(thrown(value)),
};
MATCHERS.toThrowError = MATCHERS.toThrow;
const checks = (value, wants) =>
  Object.fromEntries(
    Object.entries(MATCHERS).map(([name, holds]) => [
      name,
      (...given) => {
        if (Boolean(holds(value, ...given)) !== wants) {
          throw new Error(`${name}: ${show(value)}${given.length ? ` and ${show(given[0])}` : ''}`);
        }
      },
    ]),
  );
globalThis.expect = (value) => ({ ...checks(value, true), not: checks(value, false) });

const path = (of) => (of === null ? [] : [...path(of.parent), of]);
await import(pathToFileURL(process.argv[2]).href);
const begun = new Set();
let failed = 0;
print(`TAP version 13\n1..${tests.length}\n`);
for (const [number, { title, body, group: own }] of tests.entries()) {
  let result = 'ok';
  try {
    const around = path(own);
    for (const each of around) {
      if (!begun.has(each)) for (const first of each.first) await first();
      begun.add(each);
    }
    for (const each of around) for (const before of each.before) await before();
    await body();
    for (const each of around.reverse()) for (const after of each.after) await after();
  } catch (error) {
    failed += 1;
    result = 'not ok';
    print(`# ${String(error?.message ?? error).split('\n')[0]}\n`);
  }
  print(`${result} ${number + 1} - ${title}\n`);
}
exit(failed ? 1 : 0);
