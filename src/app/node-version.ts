/** The oldest major version of Node.js that runs the program, and its oldest release, as `engines` in package.json says. */
const oldest = { major: 22, minor: 12 };

/** A sentence for a version, such as 20.19.1, that is too old; undefined for one that is not. */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  const needed = `${oldest.major}.${oldest.minor}`;
  return `This is Node.js ${version}; please use ${needed} or newer. In a clone, "npm start" brings one along.`;
}
