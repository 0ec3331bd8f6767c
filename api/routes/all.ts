import type { Route } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { comparisonRoutes } from './comparison.ts';
import { drillRoutes } from './drills.ts';
import { marketRoutes } from './markets.ts';
import { ledgerRoutes } from './ledger.ts';
import { modelRoutes } from './models.ts';
import { onCallRoutes } from './on-call.ts';
import { recordRoutes } from './records.ts';
import { registrationRoutes } from './registration.ts';
import { retrainRoutes } from './retrains.ts';
import { scoreRoutes } from './scores.ts';
import { sessionRoutes } from './session.ts';
import { specRoutes } from './specs.ts';
import { systemRoutes } from './system.ts';
import { versionRoutes } from './versions.ts';

/** Every operation of the control API; the server, its document, its clients and the table of roles are made from this. */
export const ROUTES: readonly Route[] = [
  ...sessionRoutes,
  ...modelRoutes,
  ...drillRoutes,
  ...comparisonRoutes,
  ...specRoutes,
  ...retrainRoutes,
  ...versionRoutes,
  ...registrationRoutes,
  ...scoreRoutes,
  ...alertRoutes,
  ...onCallRoutes,
  ...ledgerRoutes,
  ...recordRoutes,
  ...marketRoutes,
  ...systemRoutes,
];

/** Everything lives below this. */
export const BASE = '/api/v1';
