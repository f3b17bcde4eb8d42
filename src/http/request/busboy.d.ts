declare module '@fastify/busboy/lib/utils/parseParams.js' {
  /** The value of a header and its parameters, decoded: `form-data; name="file"` is `['form-data', ['name', 'file']]`. */
  export default function parseParams(
    text: string,
  ): readonly [
    value: string | undefined,
    ...parameters: (readonly [name: string, value: string])[],
  ];
}

declare module '@fastify/busboy/lib/utils/basename.js' {
  /** The last part of a path of any system. */
  export default function basename(path: string): string;
}
