import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import type { Registry } from '../registry/registry.ts';
import type { Language } from './document.ts';
import { renderHtml } from './html.ts';
import { printAside } from './print-aside.ts';
import { gatherReport, type WantedReport } from './wanted.ts';

type Request = WantedReport & { readonly language: Language; readonly form: 'html' | 'pdf' };

/** Reports as bytes: pages are made here, documents printed in a process of their own. */
export function reportMaker(registry: Registry, artifacts: ArtifactStore, now: () => Date) {
  return async (request: Request): Promise<Uint8Array> => {
    const gather = () => gatherReport({ registry, artifacts, language: request.language }, request);
    return request.form === 'html' ? Buffer.from(renderHtml(await gather())) : printAside(gather, now());
  };
}
