/** Finds sheets of Excel 4.0 macros in the records of an old workbook ([MS-XLS] 2.1.4). */

const boundSheet = 0x85;
const endOfGlobals = 0x0a;
/** The type of a sheet of macros, in the sixth byte of its record (2.4.28). */
const macroSheet = 1;
/** The list of sheets stands near the beginning of the workbook. */
const maxBytes = 1024 * 1024;

/** True if a record names a sheet of macros. `parts` is the workbook's stream. */
export async function hasMacroSheet(parts: AsyncIterable<Buffer>): Promise<boolean> {
  let pending: Buffer = Buffer.alloc(0);
  /** Bytes of the current record that are skipped. */
  let toSkip = 0;
  let read = 0;
  for await (const part of parts) {
    read += part.length;
    if (toSkip >= part.length) {
      toSkip -= part.length;
    } else {
      pending = Buffer.concat([pending, part.subarray(toSkip)]);
      toSkip = 0;
      while (pending.length >= 10) {
        const [type, size] = [pending.readUInt16LE(0), pending.readUInt16LE(2)];
        if (type === boundSheet && pending[9] === macroSheet) return true;
        if (type === endOfGlobals) return false;
        toSkip = Math.max(0, size + 4 - pending.length);
        pending = pending.subarray(size + 4);
      }
    }
    if (read > maxBytes) return false;
  }
  return false;
}
