import { describe, expect, it } from 'vitest';
import { judge } from './setup/history.ts';

const good = { lost: [], double: [], corrupt: [] };
const given = (...contents: string[]) => new Map(contents.map((content) => [content, true]));
const arrived = (content: string) => ({ content, acknowledged: true });

describe('the judge of a history', () => {
  it('finds nothing wrong when each gift is received once or still there', () => {
    expect(judge({ given: given('a', 'b'), received: [arrived('a')] }, ['b'])).toEqual(good);
  });

  it('finds what is lost, but not what was never acknowledged', () => {
    expect(judge({ given: given('a'), received: [] }, []).lost).toEqual(['a']);
    expect(judge({ given: new Map([['a', false]]), received: [] }, [])).toEqual(good);
  });

  it('finds what is double', () => {
    expect(judge({ given: given('a'), received: [arrived('a'), arrived('a')] }, []).double).toEqual(
      ['a'],
    );
    expect(judge({ given: given('a'), received: [arrived('a')] }, ['a']).double).toEqual(['a']);
    expect(judge({ given: given('a'), received: [] }, ['a', 'a']).double).toEqual(['a']);
  });

  it('lets an arrival that was not acknowledged be repeated', () => {
    const received = [{ content: 'a', acknowledged: false }, arrived('a')];
    expect(judge({ given: given('a'), received }, [])).toEqual(good);
  });

  it('finds what nobody gave', () => {
    expect(judge({ given: given('a'), received: [arrived('b')] }, ['a']).corrupt).toEqual(['b']);
  });
});
