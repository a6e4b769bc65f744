import { Sandbox } from './sandbox';
import { buildServer } from './server';
import { readSettings } from './settings';

/** Starts the sandbox, says in one JSON line where it listens, and ends cleanly on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const sandbox = new Sandbox(settings);
  const app = buildServer(sandbox);
  const url = await app.listen({ host: settings.host, port: settings.port });
  sandbox.start();
  const { port } = new URL(url);
  process.stdout.write(
    `${JSON.stringify({ level: 'info', msg: 'sandbox listening', url, port: Number(port), pid: process.pid })}\n`,
  );

  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    const giveUp = setTimeout(() => process.exit(1), 10_000);
    giveUp.unref();
    void Promise.all([sandbox.close(), app.close()]).then(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

main().catch((error: unknown) => {
  process.stderr.write(`sandbox cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
