// What stands in the table of functions for those of the rest until they are there: each fetches the rest, which takes its
// place, and then calls what is there. They are thousands, alike but for number and type, and so are made here from a list
// that the first part brings (`xtask/src/stubs.rs`) rather than fetched.

const unsigned = (number: number): number[] => (number < 128 ? [number] : [(number & 127) | 128, ...unsigned(number >> 7)]);
/** A number that is not negative where a signed one is expected. */
const signed = (number: number): number[] => (number < 64 ? [number] : [(number & 127) | 128, ...signed(number >> 7)]);
const list = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, body: ArrayLike<number>): number[] => [id, ...unsigned(body.length), ...Array.from(body)];
const text = (words: string): number[] => [words.length, ...Array.from(words, (letter) => letter.charCodeAt(0))];

/** A module that puts the stubs of a list into the table. It imports `first.fetchRestNow` and `first.table`. */
export function stubs(made: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const next = (): number => {
    const byte = made[at++]!;
    return byte < 128 ? byte : (byte & 127) + (next() << 7);
  };
  const parameters: number[] = [];
  for (let left = next(); left > 0; left -= 1) {
    parameters.push(made[at + 1]!);
    at += 2 + made[at + 1]!;
    at += 1 + made[at]!;
  }
  const types = made.subarray(0, at);
  /** For each place of the table, the number of its type. */
  const places: number[] = [];
  while (at < made.length) places.push(next());
  const functions: number[][] = [];
  const bodies: number[][] = [];
  /** Runs of places: where each begins, and its functions. */
  const runs: { from: number; functions: number[][] }[] = [];
  places.forEach((type, place) => {
    if (!type) return;
    if (!places[place - 1]) runs.push({ from: place, functions: [] });
    functions.push(unsigned(type));
    // The function with number 0 is the one that fetches.
    runs.at(-1)!.functions.push(unsigned(functions.length));
    const given = Array.from({ length: parameters[type]! }, (_, number) => [0x20, ...unsigned(number)]).flat();
    // No locals; call 0; the arguments; call_indirect at the place; end.
    const body = [0, 0x10, 0, ...given, 0x41, ...signed(place), 0x11, ...unsigned(type), 0, 0x0b];
    bodies.push([...unsigned(body.length), ...body]);
  });
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, list([[...text("first"), ...text("fetchRestNow"), 0, 0], [...text("first"), ...text("table"), 1, 0x70, 0, 0]])),
    ...section(3, list(functions)),
    ...section(9, list(runs.map((run) => [0, 0x41, ...signed(run.from), 0x0b, ...list(run.functions)]))),
    ...section(10, list(bodies)),
  ]);
}
