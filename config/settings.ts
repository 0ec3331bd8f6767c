import { z } from 'zod';

/** A part that is switched off, or that the supervisor starts itself, instead of an absent value. */
export const OFF = 'off';
export const EMBEDDED = 'embedded';
export const AUTO = 'auto';

const port = z.int().min(0).max(65_535);
const url = (protocols: readonly string[], what: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), what);

/**
 * Every setting: its default and, as its description, the reason for it. A file (`.contender/config.yaml`, or the one
 * CONTENDER_CONFIG names) may set the fields by these names, the environment by CONTENDER_ and the name in capitals;
 * the environment wins. Paths are resolved against the project folder.
 */
export const Settings = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('.contender')
    .describe('everything the embedded parts keep; inside the clone, so that removing the clone removes it'),
  databaseUrl: z
    .union([z.literal(EMBEDDED), url(['postgres:', 'postgresql:'], 'a postgres:// URL or "embedded"')])
    .default(EMBEDDED)
    .describe('Postgres 15 or later; embedded needs nothing installed'),
  temporalAddress: z
    .union([z.literal(EMBEDDED), z.string().regex(/^[^\s:/]+:\d{1,5}$/u, 'host:port or "embedded"')])
    .default(EMBEDDED)
    .describe('the frontend of a Temporal cluster; embedded is the development server'),
  temporalNamespace: z
    .string()
    .min(1)
    .max(200)
    .default('default')
    .describe('live retrains; the development server always has this one'),
  replayNamespace: z
    .string()
    .min(1)
    .max(200)
    .default('replay')
    .describe('replays of past years run apart, so that their runs never mix with live ones'),
  temporalUiUrl: z
    .union([z.literal(EMBEDDED), url(['http:', 'https:'], 'an http(s) URL or "embedded"')])
    .default(EMBEDDED)
    .describe('printed for people; embedded is the UI of the development server'),
  artifactsDir: z
    .string()
    .min(1)
    .default('.contender/artifacts')
    .describe('content-addressed store of snapshots, models and reports; local copies when it is a bucket'),
  championBackupDir: z
    .string()
    .min(1)
    .default('.contender/champion-backups')
    .describe(
      'copies of the last champions and of the data they were trained on, made before each swap; best on another disk',
    ),
  artifactsUrl: z
    .union([
      z.literal('folder'),
      z
        .string()
        .max(500)
        .regex(
          /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w./-]*)?(?:\?[^#\s]+)?$/u,
          'folder, or s3://bucket/prefix?endpoint=https://host&region=name',
        ),
    ])
    .default('folder')
    .describe(
      'folder: artifactsDir; or an S3-compatible bucket, s3://bucket/prefix?endpoint=https://host&region=name',
    ),
  s3AccessKeyId: z.string().max(200).default(OFF).describe('of the bucket of artifactsUrl'),
  s3SecretAccessKey: z.string().max(200).default(OFF).describe('of the bucket of artifactsUrl'),
  serverPorts: z
    .array(port)
    .min(1)
    .max(16)
    .default([8090, 8091])
    .describe('one prediction server each; two, so that a swap is seen on more than one. 0: any free port'),
  listenAddress: z
    .union([z.ipv4(), z.ipv6()], 'an IP address, such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1')
    .describe(
      'where the API, the prediction servers and /metrics listen: this machine alone. In a container 0.0.0.0, behind a proxy and with serverTokens required',
    ),
  trustedProxies: z
    .enum(['loopback', 'private'])
    .default('loopback')
    .describe(
      'whose word about the address of a client is taken: a proxy on this machine, or one in a private network. Without a proxy, nobody’s',
    ),
  serverTokens: z
    .enum(['off', 'required'])
    .default('off')
    .describe('whether prediction servers ask for an identity token; they listen at listenAddress'),
  serverRequestsPerSecond: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe(
      'of one client of a prediction server, by token or address; 0: no limit, the bounded queue remains',
    ),
  serverCorsOrigins: z
    .array(z.string().min(1).max(200))
    .max(50)
    .default([])
    .describe('origins whose pages may read predictions, such as https://desk.example'),
  postgresPort: port
    .default(5433)
    .describe(
      'embedded Postgres; one above the usual, which a local Postgres may hold. Taken: any free port',
    ),
  temporalPort: port.default(7233).describe("the development server's usual port. Taken: any free port"),
  temporalUiPort: port.default(8233).describe("the development server's usual UI port. Taken: any free port"),
  metricsPort: port
    .default(0)
    .describe('/metrics of this process; the supervisor gives each one its own. 0: any free port'),
  controlMetricsPort: port
    .default(9464)
    .describe('control worker; the port that exporters of metrics commonly use'),
  shadowPriority: z
    .enum(['idle', 'normal'])
    .default('idle')
    .describe(
      'idle: sessions of live shadows are scored by a process that takes the processor only while nothing else wants it; normal: for a machine that is never idle',
    ),
  computeMetricsPort: port.default(9465).describe('compute worker; the next one'),
  sidecarMetricsPort: port.default(9466).describe('training sidecar; the next one'),
  calendarDir: z
    .string()
    .min(1)
    .default('.contender/calendars')
    .describe(
      'closures and make-up days that the shipped calendars lack, MARKET.csv each; read anew for every session',
    ),
  slackWebhookUrl: z
    .union([z.literal(OFF), url(['http:', 'https:'], 'an http(s) URL or "off"')])
    .default(OFF)
    .describe('an incoming webhook; without any channel, messages are kept as files'),
  slackSigningSecret: z
    .union([z.literal(OFF), z.string().min(16).max(200)])
    .default(OFF)
    .describe('of the Slack app: gives approval messages buttons, and verifies what is pressed'),
  slackPeople: z
    .array(z.string().min(3).max(300))
    .max(500)
    .default([])
    .describe('whom a Slack account speaks for, as ID=subject=grant: U024BE7LH=lee=quant-lead@XTAI'),
  smtpUrl: z
    .union([z.literal(OFF), url(['smtp:', 'smtps:'], 'an smtp(s):// URL or "off"')])
    .default(OFF)
    .describe('the mail server, with user and password if it wants them'),
  mailFrom: z.string().max(320).default('contender@localhost').describe('sender of the mails'),
  mailTo: z.array(z.string().min(3).max(320)).max(50).default([]).describe('receivers of the mails'),
  notificationTimeoutMs: z
    .int()
    .min(100)
    .max(120_000)
    .default(10_000)
    .describe('one attempt to deliver; longer than a slow mail server, shorter than patience'),
  alertsFile: z
    .string()
    .min(1)
    .default('.contender/alerts.yaml')
    .describe('who hears of which alerts; without it everything configured hears of everything'),
  dashboardUrl: z
    .union([z.literal(OFF), url(['http:', 'https:'], 'an http(s) URL or "off"')])
    .default(OFF)
    .describe('base of links from messages to the pages of retrains and approvals'),
  notificationLanguage: z
    .enum(['en', 'zh-TW'])
    .default('en')
    .describe(
      'of the words around the facts in Slack, mail and files; channels of the alerting file say their own',
    ),
  tokenSigningKeyFile: z
    .string()
    .min(1)
    .default('.contender/token-signing-key')
    .describe('signs the local identity tokens; made on first use, readable by the owner alone'),
  apiPort: port
    .default(8080)
    .describe('the control API and the dashboard, on this machine alone. Taken: any free port'),
  apiPublicUrl: z
    .union([z.literal(OFF), url(['http:', 'https:'], 'an http(s) URL or "off"')])
    .default(OFF)
    .describe('how browsers reach the control API through a proxy; https makes its cookies Secure'),
  apiRequestsPerSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(50)
    .describe('of one person, and of one address; a dashboard needs a few. Twice as many at once'),
  oidcIssuer: z
    .union([z.literal(OFF), url(['http:', 'https:'], 'an http(s) URL or "off"')])
    .default(OFF)
    .describe(
      'the OpenID Connect provider, as it writes itself into `iss`; off: tokens of this installation',
    ),
  oidcAudience: z
    .string()
    .max(300)
    .default('')
    .describe('the name of this installation at the provider; needed with oidcIssuer'),
  oidcClientSecret: z
    .union([z.literal(OFF), z.string().min(8).max(500)])
    .default(OFF)
    .describe(
      'of this installation at the provider, for signing in in a browser; off: a public client with PKCE',
    ),
  oidcJwksUrl: z
    .union([z.literal(AUTO), url(['http:', 'https:'], 'an http(s) URL or "auto"')])
    .default(AUTO)
    .describe("the provider's public keys; auto: as its discovery document says"),
  oidcAlgorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']))
    .min(1)
    .max(9)
    .default(['RS256', 'ES256', 'EdDSA'])
    .describe('signatures that count; never one with a shared secret, which whoever verifies could make'),
  oidcClockToleranceSeconds: z
    .int()
    .min(0)
    .max(300)
    .default(30)
    .describe("how far the provider's clock may be off"),
  oidcSubjectClaim: z
    .enum(['sub', 'email', 'preferred_username'])
    .default('sub')
    .describe(
      'what names a person in audit and four-eyes; email counts only when the provider has verified it',
    ),
  oidcRolesClaim: z
    .string()
    .min(1)
    .max(200)
    .default('roles')
    .describe('the claim with the groups or roles of a person'),
  oidcGrants: z
    .array(z.string().min(3).max(300))
    .max(500)
    .default([])
    .describe('what a group may do, as group=grant: trading-leads=quant-lead@XTAI. Others give nothing'),
  localTokens: z
    .enum([AUTO, 'on', 'off'])
    .default(AUTO)
    .describe('whether tokens of "token create" count; auto: while there is no oidcIssuer'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('the least severe line that is logged'),
  otlpEndpoint: z
    .union([z.literal(OFF), url(['http:', 'https:'], 'an http(s) URL or "off"')])
    .default(OFF)
    .describe(
      'an OTLP/HTTP collector for traces, such as http://127.0.0.1:4318; OTEL_EXPORTER_OTLP_ENDPOINT is taken as well. Off costs nothing',
    ),
  trainingThreads: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('threads of one fit; part of what makes a model reproducible, so it never follows the machine'),
  trainingConcurrency: z
    .int()
    .min(1)
    .max(256)
    .default(2)
    .describe('trials fitted at once by one sidecar; the smallest machine promised has two cores'),
  trainingMemoryMb: z
    .union([z.literal(AUTO), z.int().min(128).max(1_048_576)])
    .default(AUTO)
    .describe('memory of one fit; auto: half of the machine shared by the fits. Beyond it the trial fails'),
  pythonPath: z
    .string()
    .min(1)
    .default('.venv/bin/python')
    .describe('the interpreter of the sidecar, with the packages of its lock'),
});
export type Settings = z.infer<typeof Settings>;
export type SettingName = keyof Settings;

/** Settings whose value, or the password inside it, is never shown. */
export const SECRET_SETTINGS = [
  'databaseUrl',
  'slackWebhookUrl',
  'slackSigningSecret',
  'oidcClientSecret',
  'smtpUrl',
  's3SecretAccessKey',
] as const satisfies readonly SettingName[];

/** Settings that name a file or folder. */
export const PATH_SETTINGS = [
  'dataDir',
  'artifactsDir',
  'championBackupDir',
  'calendarDir',
  'alertsFile',
  'tokenSigningKeyFile',
  'pythonPath',
] as const satisfies readonly SettingName[];

export const SETTING_NAMES = Object.keys(Settings.shape) as readonly SettingName[];
