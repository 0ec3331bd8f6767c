/**
 * Parameters of a path that matches a pattern such as `/models/:model`, decoded; null when it does not. A part that cannot
 * be decoded matches nothing.
 */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/\/+$/u, '').split('/');
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== text) return null;
      continue;
    }
    const value = decoded(text);
    if (value === '') return null;
    found[part.slice(1)] = value;
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

export const paths = {
  overview: '/',
  model: (model: string) => `/models/${encodeURIComponent(model)}`,
  version: (model: string, version: number | string) =>
    `/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(String(version))}`,
  retrains: '/retrains',
  retrain: (id: string) => `/retrains/${encodeURIComponent(id)}`,
  approval: (id: string) => `/retrains/${encodeURIComponent(id)}/approval`,
  waivers: (id: string) => `/retrains/${encodeURIComponent(id)}/waivers`,
  signing: '/to-sign',
  proposal: (id: number) => `/proposals/${String(id)}`,
  alerts: '/alerts',
  alert: (id: number) => `/alerts/${String(id)}`,
  audit: (model?: string) => (model === undefined ? '/audit' : `/audit?model=${encodeURIComponent(model)}`),
  schedules: '/schedules',
  wall: '/wall',
  signIn: '/sign-in',
} as const;
