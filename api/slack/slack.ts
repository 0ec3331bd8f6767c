import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOn } from '../../contracts/identity.ts';
import { ContenderError } from '../../contracts/error.ts';
import { decideRetrain } from '../../control/decide.ts';
import { reportError } from '../../control/reported-error.ts';
import { DENIED_CODES } from '../../control/denied.ts';
import { isDeputyOf } from '../deputy.ts';
import { NotAllowed } from '../errors.ts';
import type { ApiParts } from '../parts.ts';
import type { RefusalLog } from '../refusals.ts';
import { faultOfReason, slackDecision, type SlackDecision } from './interaction.ts';
import type { SlackPerson } from './people.ts';
import { requireSlackSignature } from './signature.ts';

export interface SlackOptions {
  readonly signingSecret: string;
  readonly people: ReadonlyMap<string, SlackPerson>;
  /** Tells the person what came of it. */
  readonly respond: (responseUrl: string, text: string) => Promise<void>;
}

/** Below the base path; `SLACK_OPERATION` in the log of refused attempts. */
export const SLACK_URL = '/slack/actions';
export const SLACK_OPERATION = 'slackAction';
/** What a decision asks of Temporal: Slack itself was answered at once. */
const PATIENCE_MS = 10_000;
const MOST_AT_ONCE = 50;

/** Slack takes an answer within three seconds, so a decision is made behind it; `settled` waits for those under way. */
export interface SlackDesk {
  settled(): Promise<void>;
}

/** Buttons of approval messages. Who pressed is who Slack says, as `slackPeople` maps them; what is signed is in the button. */
export function addSlack(
  app: FastifyInstance,
  base: string,
  options: SlackOptions,
  parts: Pick<ApiParts, 'registry' | 'temporal' | 'clock' | 'log'>,
  refusals: RefusalLog,
): SlackDesk {
  const underWay = new Set<Promise<void>>();
  void app.register((scope, _options, done) => {
    // The signature is over the bytes: nothing may take them apart first. Other routes go on refusing forms.
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, parsed) => {
        parsed(null, body);
      },
    );
    scope.post(`${base}${SLACK_URL}`, (request, reply) => {
      const pressed = read(request, options, parts.clock.now().getTime());
      request.actor = `slack:${pressed.slackId}`;
      if (underWay.size >= MOST_AT_ONCE) return reply.status(503).send();
      const work = decide(pressed, options, parts, refusals).finally(() => underWay.delete(work));
      underWay.add(work);
      return reply.status(200).send();
    });
    done();
  });
  return {
    settled: async () => {
      await Promise.all(underWay);
    },
  };
}

function read(request: FastifyRequest, { signingSecret }: SlackOptions, nowMs: number): SlackDecision {
  const body = typeof request.body === 'string' ? request.body : '';
  const header = (name: string): string => String(request.headers[name] ?? '');
  requireSlackSignature(
    { body, timestamp: header('x-slack-request-timestamp'), signature: header('x-slack-signature') },
    { secret: signingSecret, nowMs },
  );
  return slackDecision(body);
}

async function decide(
  pressed: SlackDecision,
  { people, respond }: SlackOptions,
  { registry, temporal, log }: Pick<ApiParts, 'registry' | 'temporal' | 'log'>,
  refusals: RefusalLog,
): Promise<void> {
  const { slackId, retrain, evidenceHash, decision, reason, responseUrl } = pressed;
  const person = people.get(slackId);
  const model = retrain.split(':')[1] ?? '';
  let text: string;
  try {
    if (person === undefined) throw notAllowed(`Slack account ${slackId} is nobody here`);
    const actor = actorOn(
      { subject: person.subject, grants: [...person.grants] },
      { model, market: await registry.marketOf({ model }) },
    );
    if (
      !actor.roles.includes('quant-lead') &&
      !(await isDeputyOf('decision', { retrain }, actor.subject, registry))
    )
      throw notAllowed(`${person.subject} is no quant lead of ${model}`);
    const fault = faultOfReason(reason);
    text =
      fault === ''
        ? said(
            person.subject,
            decision,
            await temporal.within(PATIENCE_MS, () =>
              decideRetrain(temporal, { retrainId: retrain, decision, actor, evidenceHash, reason }),
            ),
          )
        : `Nothing was signed. Write a reason above the buttons first: ${fault}.`;
  } catch (error) {
    const { code, message, remedy, kind } = reportError(error);
    if (kind === 'bug') log.error({ err: error }, 'a decision from Slack failed');
    if (DENIED_CODES.has(code)) {
      const actor = person?.subject ?? `slack:${slackId}`;
      refusals.record({ actor, command: SLACK_OPERATION, code, model, reason: message });
    }
    text =
      kind === 'bug'
        ? 'Nothing is known of it: open the page.'
        : `Not signed: ${message} [${code}] ${remedy}`;
  }
  await respond(responseUrl, text.trim()).catch((error: unknown) => {
    log.warn(
      { reason: error instanceof Error ? error.message : '' },
      'Slack could not be told what came of a decision',
    );
  });
}

const notAllowed = (what: string): NotAllowed =>
  new NotAllowed(what, {
    remedy: 'Ask an admin to add the account to slackPeople with the role quant-lead.',
  });

function said(
  subject: string,
  decision: SlackDecision['decision'],
  { approvedBy, needed, evidenceHash }: Awaited<ReturnType<typeof decideRetrain>>,
): string {
  if (decision === 'reject') return `${subject} rejected ${evidenceHash.slice(0, 12)}.`;
  return `${subject} signed ${evidenceHash.slice(0, 12)}: ${String(approvedBy.length)} of ${String(needed)} signatures.`;
}

const SLACK_HOST = 'hooks.slack.com';
const RESPOND_TIMEOUT_MS = 10_000;

/** An answer that only the person sees. The address is Slack's own, whatever the request said. */
export async function respondAtSlack(responseUrl: string, text: string): Promise<void> {
  const url = new URL(responseUrl);
  if (url.protocol !== 'https:' || url.host !== SLACK_HOST)
    throw new SlackAddressForeign('an answer was to go elsewhere');
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(RESPOND_TIMEOUT_MS),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: escaped(text) }),
  });
  await answer.body?.cancel();
}

/** The three control characters of Slack text: nobody is mentioned, nothing becomes a link. */
const escaped = (text: string): string =>
  text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;');

class SlackAddressForeign extends ContenderError {
  readonly code = 'SLACK_ADDRESS_FOREIGN';
  readonly kind = 'refused';
}
