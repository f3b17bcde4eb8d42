import { readFile, stat } from 'node:fs/promises';
import type { Config } from '../config/settings.ts';
import { type Blocklist, type Hashes, parseBlocklist } from '../inspection/blocklist.ts';
import { openLog } from '../platform/log.ts';
import { asOpenError, type Environment } from './environment.ts';

/** How often the file is looked at, in milliseconds. */
const checkPause = 5_000;

interface BlocklistFile extends Blocklist {
  close(): void;
}

/** Opens the list of blocked files that the settings name, and follows its changes. Throws `OpenError`. */
export async function openBlocklist(
  { BLOCKLIST: path, LOG_LEVEL }: Config,
  environment: Environment,
): Promise<BlocklistFile | undefined> {
  if (path === '') return undefined;
  const { logger } = openLog(LOG_LEVEL, environment.log);
  const open = async () => ({ version: await versionOf(path), hashes: await readHashes(path) });
  let list = await open().catch(asOpenError('The blocklist'));
  const refresh = async () => {
    try {
      if ((await versionOf(path)) === list.version) return;
      list = await open();
      logger.info({ blocklist: path, hashes: list.hashes.size }, 'blocklist read');
    } catch (err) {
      // Logged once for a list that stays broken.
      if (list.version !== broken)
        logger.error({ err, blocklist: path }, 'the blocklist is broken; its last state stays');
      list = { ...list, version: broken };
    }
  };
  const timer = setInterval(refresh, checkPause).unref();
  return { hashes: () => list.hashes, refresh, close: () => clearInterval(timer) };
}

const broken = '';

/** Differs whenever the file was changed or replaced. */
async function versionOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}

const readHashes = async (path: string): Promise<Hashes> => parseBlocklist(await readFile(path, 'utf8'));
