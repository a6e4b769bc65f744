import type { KafkaPrograms } from './kafka.mjs';

type Log = (line: string) => void;

/** Paths of the templates that tests, compose and sites share. */
export const CONNECT_FILES: { readonly worker: string; readonly connector: string };

export function ensureConnect(log: Log): Promise<KafkaPrograms & { readonly pluginPath: string }>;

/** The folder of plugins with Debezium's connector for PostgreSQL. */
export function ensureDebezium(log: Log): Promise<string>;
