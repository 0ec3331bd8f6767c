const PROBE_TIMEOUT_MS = 2000;

/** Whether a GET of every URL answers 200 within two seconds. */
export async function answersOk(...urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(urls.map((url) => getStatus(url)));
  return answers.every((status) => status === 200);
}

async function getStatus(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    // The body has to be read or cancelled, or the connection stays open.
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
