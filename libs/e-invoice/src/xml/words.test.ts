import { describe, expect, it } from 'vitest';
import { wordsMatch } from './words';

describe('wordsMatch', () => {
  it.each([
    [24_000_000n, 'Hai mươi bốn triệu đồng', true],
    [24_000_000n, 'Hai mươi tư triệu đồng chẵn.', true],
    [105n, 'một trăm linh năm đồng.', true],
    [1_000n, 'Một ngàn đồng', true],
    [4_000_000_000n, 'BỐN TỈ ĐỒNG', true],
    [-12_345n, 'Âm mười hai nghìn ba trăm bốn mươi lăm đồng', true],
    [1n, 'Hai đồng', false],
    [1n, 'Một', false],
    [12_345n, 'Âm mười hai nghìn ba trăm bốn mươi lăm đồng', false],
  ])('%s is %s: %s', (amount, words, expected) => {
    expect(wordsMatch(words, amount)).toBe(expected);
    expect(wordsMatch(words.normalize('NFD'), amount)).toBe(expected);
  });
});
