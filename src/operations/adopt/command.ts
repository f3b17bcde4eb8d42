/** `rfx adopt`: takes a vault as it is, or decides on the gifts of a restored copy. */
import { adopt, decideAfterRestore, type RestoreChoice } from '../../app/create-storage.ts';
import { ConfigError, readConfig } from '../../config/load-settings.ts';

const flag = '--after-restore';

const adoptHelp = `Binds the ledger to the current vault, or decides on the gifts of a restored copy. Stop the service first.

Usage: rfx adopt [settings]
       rfx adopt --after-restore=wait|go-on [settings]

Without a flag, the ledger takes the vault that the settings name for its own, after a start has rejected it.

  --after-restore=wait    Keeps gifts out of the pool that may have been delivered since the copy was made.
  --after-restore=go-on   Returns them to the pool, perhaps to be given for a second time.
  --help                  Show this and exit.
`;

/** Says the result on standard error. Throws `ConfigError` and `OpenError`. */
export async function runAdopt(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(adoptHelp);
    return 0;
  }
  const asked = argv.find((word) => word === flag || word.startsWith(`${flag}=`));
  const config = readConfig(argv.filter((word) => word !== asked));
  if (asked === undefined) {
    await adopt(config);
    say('The ledger knows this vault for its own now; start as usual.');
    return 0;
  }
  const choice = choiceFrom(asked.slice(flag.length + 1));
  const gifts = await decideAfterRestore(config, choice);
  say(
    choice === 'wait'
      ? `${gifts} gifts of the restored copy wait for a decision; start as usual. To return them to the pool: rfx adopt ${flag}=go-on`
      : `${gifts} gifts that waited are in the pool again; start as usual.`,
  );
  return 0;
}

function choiceFrom(text: string): RestoreChoice {
  if (text === 'wait' || text === 'go-on') return text;
  throw new ConfigError(
    `Gifts of a restored copy may have been delivered after it was made. Say ${flag}=wait to keep them out of the pool, or ${flag}=go-on to give them, perhaps for a second time.`,
  );
}

const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);
