import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query';
import { dropDrafts } from '../drafts.ts';
import { ApiError, answerOf, api, patience } from './client.ts';
import { LIVE_ALERTS, LIVE_MODELS } from './live.ts';
import { isStillSignedIn } from './session.ts';
import type { Reading } from '../components/states.tsx';
import type {
  AlertDeliveryList,
  AlertEpisode,
  AlertPage,
  AlertQuality,
  AuditPage,
  AuditVerification,
  ChampionAt,
  ChampionTrack,
  ChampionView,
  EvidenceList,
  FigureList,
  ModelOverview,
  ReignComparison,
  ReignPage,
  RetrainDetail,
  RetrainRow,
  RetrainState,
  RollbackDrill,
  Runbook,
  ScheduleView,
  SilenceList,
  StoredGateReport,
  SwapStatus,
  SystemHealth,
  VersionDossier,
  VersionPage,
} from './schemas.ts';

type Read<T> = UseQueryResult<T, ApiError>;

/** A list as far as it was read, newest first. */
export interface Rows<Row> {
  readonly items: readonly Row[];
  /** Reads the page before the oldest row; null: there is none. */
  readonly older: (() => void) | null;
}

interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
}

export function useRows<Row>(
  queryKey: readonly unknown[],
  read: (query: { readonly cursor?: string }) => Promise<Page<Row>>,
  { enabled = true, everyMs = null }: { readonly enabled?: boolean; readonly everyMs?: number | null } = {},
): Reading<Rows<Row>> {
  const { data, isPending, error, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery<
    Page<Row>,
    ApiError,
    readonly Row[],
    readonly unknown[],
    string
  >({
    queryKey,
    enabled,
    refetchInterval: everyMs ?? false,
    initialPageParam: '',
    queryFn: ({ pageParam }) => read(pageParam === '' ? {} : { cursor: pageParam }),
    getNextPageParam: ({ next }) => next,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
  const older = hasNextPage ? () => void fetchNextPage() : null;
  return { data: data === undefined ? undefined : { items: data, older }, isPending, error, refetch };
}

/** Reads of one model begin with `about, <model>`: the live view says when they are out of date. */
const about = (model: string, ...rest: readonly unknown[]): readonly unknown[] => ['about', model, ...rest];
export const modelOfRetrain = (retrainId: string): string => retrainId.split(':')[1] ?? '';

export function useModels(): Read<readonly ModelOverview[]> {
  return useQuery({
    queryKey: LIVE_MODELS,
    queryFn: async () => (await answerOf(api.listModels(patience()))).items,
    staleTime: 30_000,
  });
}

/** The market of a model; empty while nothing is known of it. */
export function useMarketOf(): (model: string) => string {
  const models = useModels().data ?? [];
  return (asked) => models.find(({ model }) => model === asked)?.market ?? '';
}

export function useLiveAlerts(): Read<readonly AlertEpisode[]> {
  return useQuery({
    queryKey: LIVE_ALERTS,
    queryFn: async () => (await answerOf(api.listAlerts({ query: { limit: 50 } }, patience()))).items,
    staleTime: 30_000,
  });
}

/** The newest alerts, those that are over as well. */
export function useAlertHistory(): Read<AlertPage> {
  return useQuery({
    queryKey: ['alert-history'],
    queryFn: () => answerOf(api.listAlerts({ query: { limit: 100 } }, patience())),
  });
}

/** One alert, that is over or not. */
export function useAlert(alert: number): Read<AlertEpisode> {
  return useQuery({
    queryKey: ['alert', alert],
    queryFn: () => answerOf(api.getAlert({ path: { alert } }, patience())),
    refetchInterval: 10_000,
  });
}

/** What to do about alerts of a rule, in the reader's language. */
export function useRunbook(rule: string, language: 'en' | 'zh-TW'): Read<Runbook> {
  return useQuery({
    queryKey: ['runbook', rule, language],
    queryFn: () => answerOf(api.getRunbook({ path: { rule }, query: { language } }, patience())),
    staleTime: 600_000,
  });
}

/** Who was told of an alert, and how that went. */
export function useAlertDeliveries(alert: number): Read<AlertDeliveryList> {
  return useQuery({
    queryKey: ['alert-history', alert],
    queryFn: () => answerOf(api.listAlertDeliveries({ path: { alert } }, patience())),
  });
}

/** How good the alerts of each rule were over the last ninety days. */
export function useAlertQuality(): Read<AlertQuality> {
  return useQuery({
    queryKey: ['alert-quality'],
    queryFn: () => answerOf(api.getAlertQuality({ query: {} }, patience())),
  });
}

/** Silences in force or to come. */
export function useSilences(): Read<SilenceList> {
  return useQuery({
    queryKey: ['silences'],
    queryFn: () => answerOf(api.listSilences({ query: {} }, patience())),
  });
}

export function useModel(model: string): Read<ChampionView> {
  return useQuery({
    queryKey: about(model, 'view'),
    queryFn: () => answerOf(api.getModel({ path: { model } }, patience())),
  });
}

export function useTrack(model: string): Read<ChampionTrack> {
  return useQuery({
    queryKey: about(model, 'track'),
    queryFn: () => answerOf(api.getTrack({ path: { model }, query: {} }, patience())),
    staleTime: 30_000,
  });
}

export function useReigns(model: string): Reading<Rows<ReignPage['items'][number]>> {
  return useRows(about(model, 'reigns'), (query) =>
    answerOf(api.listReigns({ path: { model }, query }, patience())),
  );
}

/** The champion at a business time; not asked before a time is given. */
export function useChampionAt(model: string, at: string): Read<ChampionAt> {
  return useQuery({
    queryKey: about(model, 'champion-at', at),
    queryFn: () => answerOf(api.championAt({ path: { model }, query: { at } }, patience())),
    enabled: at !== '',
  });
}

/** How the reign in force stands in the running comparison. */
export function useComparison(model: string): Read<ReignComparison> {
  return useQuery({
    queryKey: about(model, 'comparison'),
    queryFn: () => answerOf(api.getComparison({ path: { model }, query: {} }, patience())),
  });
}

export function useServers(model: string): Read<SwapStatus> {
  return useQuery({
    queryKey: about(model, 'servers'),
    queryFn: () => answerOf(api.getServers({ path: { model } }, patience())),
    refetchInterval: 10_000,
  });
}

/** The newest rehearsal of the way back; null: there was none. While one runs it is read each second: its servers report. */
export function useNewestDrill(model: string): Read<RollbackDrill | null> {
  return useQuery({
    queryKey: about(model, 'drill'),
    queryFn: async () =>
      (await answerOf(api.listDrills({ path: { model }, query: { limit: 1 } }, patience()))).items[0] ?? null,
    refetchInterval: ({ state }) => (state.data?.result === null ? 1000 : false),
  });
}

export function useVersions(model: string): Reading<Rows<VersionPage['items'][number]>> {
  return useRows(about(model, 'versions'), (query) =>
    answerOf(api.listVersions({ path: { model }, query }, patience())),
  );
}

/** Not asked without a version. */
export function useVersion(model: string, version: string): Read<VersionDossier> {
  return useQuery({
    queryKey: about(model, 'version', version),
    queryFn: () => answerOf(api.getVersion({ path: { model, version } }, patience())),
    enabled: version !== '',
  });
}

/** `model` and `status` empty: of every model, in every state. */
export function useRetrains(
  model: string,
  status: RetrainRow['status'] | '' = '',
): Reading<Rows<RetrainRow>> {
  const which = { ...(model === '' ? {} : { model }), ...(status === '' ? {} : { status }) };
  return useRows(
    model === '' ? ['about', null, 'retrains', status] : about(model, 'retrains', status),
    (query) => answerOf(api.listRetrains({ query: { ...query, ...which } }, patience())),
  );
}

export function useRetrain(retrain: string): Read<RetrainDetail> {
  return useQuery({
    queryKey: about(modelOfRetrain(retrain), 'retrain', retrain),
    queryFn: () => answerOf(api.getRetrain({ path: { retrain } }, patience())),
    refetchInterval: ({ state }) => (state.data?.retrain.status === 'open' ? 5000 : false),
  });
}

/**
 * The workflow's own words, also after its end: when each step was. An error when no worker runs or its history is gone, which
 * the page says without failing.
 */
export function useRetrainState(retrain: string, open: boolean): Read<RetrainState> {
  return useQuery({
    queryKey: about(modelOfRetrain(retrain), 'retrain-state', retrain),
    queryFn: () => answerOf(api.getRetrainState({ path: { retrain } }, patience())),
    refetchInterval: open ? 5000 : false,
    staleTime: open ? 0 : Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function useEvidence(retrain: string): Read<EvidenceList> {
  return useQuery({
    queryKey: about(modelOfRetrain(retrain), 'evidence', retrain),
    queryFn: () => answerOf(api.getEvidence({ path: { retrain } }, patience())),
  });
}

/** The stored report of the gates; null before they ran. */
export function useGateReport(retrain: string): Read<StoredGateReport | null> {
  return useQuery({
    queryKey: about(modelOfRetrain(retrain), 'gate-report', retrain),
    queryFn: async () => {
      try {
        return await answerOf(api.getGateReport({ path: { retrain } }, patience()));
      } catch (error) {
        if (error instanceof ApiError && error.is(404)) return null;
        throw error;
      }
    },
  });
}

/** Which figures the gate report has; none before the gates ran. */
export function useFigures(retrain: string): Read<FigureList> {
  return useQuery({
    queryKey: about(modelOfRetrain(retrain), 'figures', retrain),
    queryFn: async () => {
      try {
        return await answerOf(api.listFigures({ path: { retrain } }, patience()));
      } catch (error) {
        if (error instanceof ApiError && error.is(404)) return { items: [] };
        throw error;
      }
    },
  });
}

export function useAudit(model: string): Reading<Rows<AuditPage['items'][number]>> {
  return useRows(
    about(model, 'audit'),
    (query) => answerOf(api.listAudit({ path: { model }, query: { ...query, limit: 200 } }, patience())),
    { enabled: model !== '' },
  );
}

export function useAuditVerification(model: string): Read<AuditVerification> {
  return useQuery({
    queryKey: about(model, 'audit-verification'),
    queryFn: () => answerOf(api.verifyAudit({ path: { model } }, patience())),
    enabled: model !== '',
  });
}

/** Open to everybody: also how people sign in here. */
export function useHealth(): Read<SystemHealth> {
  return useQuery({
    queryKey: ['health'],
    queryFn: () => answerOf(api.getHealth(patience())),
    staleTime: 60_000,
  });
}

/** What happens by itself; `kind`: null: all of it. `awaited`: somebody started something, of which the next readings tell. */
export function useSchedules(
  kind: ScheduleView['kind'] | null,
  awaited = false,
): Reading<Rows<ScheduleView>> {
  const which = kind === null ? {} : { kind };
  return useRows(
    ['schedules', kind],
    (query) => answerOf(api.listSchedules({ query: { ...query, ...which, limit: 500 } }, patience())),
    { everyMs: awaited ? 5000 : null },
  );
}

/**
 * A change; every page is read again after it, whatever came of it: after a lost answer nobody knows. The same person who signed
 * in anew in another tab has another page token: what was refused for that alone is asked once more. `draft`: the field whose text
 * was sent with it, where a page has others that were not; null: everything that was typed on the page.
 */
export function useChange<Input, Output>(
  run: (input: Input) => Promise<Output>,
  draft: string | null = null,
): UseMutationResult<Output, ApiError, Input> {
  const queries = useQueryClient();
  return useMutation<Output, ApiError, Input>({
    mutationFn: async (input) => {
      try {
        return await run(input);
      } catch (error) {
        const old = error instanceof ApiError && error.problem?.code === 'CSRF_REFUSED';
        if (old && (await isStillSignedIn(queries))) return run(input);
        throw error;
      }
    },
    onSuccess: () => {
      dropDrafts(window.location.pathname, draft);
    },
    onSettled: () => queries.invalidateQueries(),
  });
}
