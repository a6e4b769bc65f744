import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface ComposeService {
  image: string;
  ports: string[];
  healthcheck?: { test: string[] };
  command?: string[];
  environment?: Record<string, string | number>;
}

const file = parse(readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8')) as {
  services: Record<string, ComposeService>;
};

describe('docker-compose.yml', () => {
  it.each(['postgres', 'redis', 'kafka'])(
    'gives %s a health check, a port of loopback only and a replaceable image',
    (name) => {
      const service = file.services[name];
      expect(service?.healthcheck?.test.length).toBeGreaterThan(1);
      expect(service?.ports.every((port) => port.startsWith(`127.0.0.1:\${NX_${name.toUpperCase()}_PORT`))).toBe(true);
      expect(service?.image).toMatch(new RegExp(`^\\$\\{NX_${name.toUpperCase()}_IMAGE:-[^:]+:[^:}]+\\}$`));
    },
  );

  it('sets what the services rely on', () => {
    expect(file.services['postgres']?.command).toContain('wal_level=logical');
    expect(file.services['redis']?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(file.services['kafka']?.environment?.['KAFKA_AUTO_CREATE_TOPICS_ENABLE']).toBe('false');
  });
});
