/** A set of labels: the identity of an alert. A label that is absent and one that is empty are the same, as in Prometheus. */
export type Labels = Readonly<Record<string, string>>;

export const labelOf = (labels: Labels, name: string): string =>
  Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';

/** `{alertname="decay-alarm",model="tw-alpha"}`: sorted, so that equal sets give equal text. */
export function labelText(labels: Labels): string {
  const names = Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .sort();
  return `{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(',')}}`;
}

/** The labels of these names that are set. */
export function pickLabels(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(
    names.map((name) => [name, labelOf(labels, name)] as const).filter(([, value]) => value !== ''),
  );
}
