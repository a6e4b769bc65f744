import { describe, expect, it } from 'vitest';
import { parseRules, undoRules } from './engine.mjs';

const BEFORE = ['*filter', ':INPUT ACCEPT [7:9]', ':FORWARD ACCEPT [0:0]', '-A INPUT -i lo -j ACCEPT'];
const NOW = [
  '*filter',
  ':INPUT ACCEPT [8:10]',
  ':FORWARD DROP [0:0]',
  ':DOCKER - [0:0]',
  '-A INPUT -i lo -j ACCEPT',
  '-A FORWARD -o docker0 -j DOCKER',
  '-A DOCKER -m comment --comment "two words" ! -i docker0 -j RETURN',
  '*nat',
  ':POSTROUTING ACCEPT [1:1]',
  '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
];

describe('network rules of an engine', () => {
  it('are taken back: rules, then chains, then policies; what was there stays', () => {
    expect(undoRules(parseRules(BEFORE), parseRules(NOW))).toEqual([
      ['-t', 'filter', '-D', 'FORWARD', '-o', 'docker0', '-j', 'DOCKER'],
      ['-t', 'filter', '-D', 'DOCKER', '-m', 'comment', '--comment', 'two words', '!', '-i', 'docker0', '-j', 'RETURN'],
      ['-t', 'nat', '-D', 'POSTROUTING', '-s', '172.17.0.0/16', '!', '-o', 'docker0', '-j', 'MASQUERADE'],
      ['-t', 'filter', '-X', 'DOCKER'],
      ['-t', 'filter', '-P', 'FORWARD', 'ACCEPT'],
    ]);
  });

  it('are none where nothing changed but counters', () => {
    expect(undoRules(parseRules(BEFORE), parseRules(BEFORE.map((line) => line.replace('7:9', '70:90'))))).toEqual([]);
  });
});
