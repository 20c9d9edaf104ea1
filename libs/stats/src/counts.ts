/** Adds every count of `from` to `into`. */
export function addCounts<Name extends string>(
  into: Partial<Record<Name, number>>,
  from: Readonly<Partial<Record<Name, number>>>,
): void {
  for (const name in from) addCount(into, name, from[name] ?? 0);
}

export function addCount<Name extends string>(
  into: Partial<Record<Name, number>>,
  name: Name,
  times: number,
): void {
  into[name] = (into[name] ?? 0) + times;
}
