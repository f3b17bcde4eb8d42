/** Trusted Types (W3C): the only scripts that the page can start are its own, even if a fault lets a stranger's text in. */
import { ownFolder } from '../own-address.ts';

interface ScriptPolicy {
  createScriptURL(address: string): unknown;
}

interface PolicyFactory {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy;
}

/** Browsers without Trusted Types take the address itself. */
const policy = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes?.createPolicy('own-scripts', {
  createScriptURL: (address: string) => {
    if (!new URL(address, location.href).href.startsWith(ownFolder()))
      throw new TypeError(`${address} is not our script`);
    return address;
  },
});

/** The address of a script of this page, as the browser takes it for a worker. */
const ownScript = (address: string) => (policy?.createScriptURL(address) ?? address) as string;

/** Starts a module worker; `address` comes from an import with `?worker&url`. */
export const createModuleWorker = (address: string): Worker => new Worker(ownScript(address), { type: 'module' });

export const registerWorker = (container: ServiceWorkerContainer, address: string): Promise<unknown> =>
  container.register(ownScript(address));
