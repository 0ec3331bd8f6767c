import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOn } from '../../contracts/identity.ts';
import { ContenderError } from '../../contracts/error.ts';
import { reportError } from '../../control/reported-error.ts';
import { DENIED_CODES } from '../../control/denied.ts';
import type { ApiParts } from '../parts.ts';
import { told } from '../../contracts/wording/told.ts';
import type { RefusalLog } from '../refusals.ts';
import { answer, type Answered, notAllowed, requireMay } from './answers.ts';
import { acknowledge, requireMayAcknowledge } from './acknowledge.ts';
import { faultOfReason, slackPress, type SlackPress } from './interaction.ts';
import { answeredMessage, type MessageBlocks, type StillAsked } from './message.ts';
import type { SlackPerson } from './people.ts';
import { requireSlackSignature } from './signature.ts';

export interface SlackOptions {
  readonly signingSecret: string;
  readonly people: ReadonlyMap<string, SlackPerson>;
  /** Tells the person what came of it. */
  readonly respond: (responseUrl: string, text: string) => Promise<void>;
  /** Puts another message in the place of the one that was answered. */
  readonly update: (responseUrl: string, message: ReplacedMessage) => Promise<void>;
}

export interface ReplacedMessage {
  /** For where blocks are not shown. */
  readonly text: string;
  readonly blocks: MessageBlocks;
}

/** Below the base path; `SLACK_OPERATION` in the log of refused attempts. */
export const SLACK_URL = '/slack/actions';
export const SLACK_OPERATION = 'slackAction';
const MOST_AT_ONCE = 50;

/** Slack takes an answer within three seconds, so a decision is made behind it; `settled` waits for those under way. */
export interface SlackDesk {
  settled(): Promise<void>;
}

/** Buttons of messages that ask for a decision, or tell of alerts. Who pressed is who Slack says, as `slackPeople` maps them; what is signed is in the button. */
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

function read(request: FastifyRequest, { signingSecret }: SlackOptions, nowMs: number): SlackPress {
  const body = typeof request.body === 'string' ? request.body : '';
  const header = (name: string): string => String(request.headers[name] ?? '');
  requireSlackSignature(
    { body, timestamp: header('x-slack-request-timestamp'), signature: header('x-slack-signature') },
    { secret: signingSecret, nowMs },
  );
  return slackPress(body);
}

async function decide(
  pressed: SlackPress,
  options: SlackOptions,
  { registry, temporal, log }: Pick<ApiParts, 'registry' | 'temporal' | 'log'>,
  refusals: RefusalLog,
): Promise<void> {
  const { people } = options;
  const { slackId, responseUrl, language } = pressed;
  const tell = (sentence: string): string => told(sentence, language).text;
  const person = people.get(slackId);
  let text: string;
  try {
    if (person === undefined) throw notAllowed(`Slack account ${slackId} is nobody here`);
    // Who may not answer at all is told that, whatever they wrote.
    const act = await admitted(pressed, person, { registry, temporal });
    const fault = faultOfReason(pressed.reason);
    if (fault !== '') {
      text = tell(
        pressed.about === 'alerts'
          ? `Nothing was recorded. Write a reason above the buttons first: ${fault}.`
          : `Nothing was signed. Write a reason above the buttons first: ${fault}.`,
      );
    } else {
      const { line, asked } = await act();
      const shown = tell(line);
      text = `${shown} ${tell(await updated(pressed, shown, asked, options, log))}`;
    }
  } catch (error) {
    const { code, message, remedy, kind } = reportError(error);
    if (kind === 'bug') log.error({ err: error }, 'a decision from Slack failed');
    if (DENIED_CODES.has(code)) {
      const actor = person?.subject ?? `slack:${slackId}`;
      refusals.record({ actor, command: SLACK_OPERATION, code, model: modelOf(pressed), reason: message });
    }
    const signs =
      pressed.about === 'retrain' && (pressed.act.kind === 'approve' || pressed.act.kind === 'reject');
    const what = signs ? 'Not signed' : 'Not recorded';
    text =
      kind === 'bug'
        ? tell('Nothing is known of it: open the page.')
        : `${tell(what)}${language === 'en' ? ': ' : '：'}${tell(message)} [${code}] ${tell(remedy)}`;
  }
  await options.respond(responseUrl, text.trim()).catch((error: unknown) => {
    log.warn(
      { reason: error instanceof Error ? error.message : '' },
      'Slack could not be told what came of a decision',
    );
  });
}

/** Of a retrain; empty: alerts may be about several. */
const modelOf = (pressed: SlackPress): string =>
  pressed.about === 'retrain' ? (pressed.retrain.split(':')[1] ?? '') : '';

/** What the button does, for whoever may have it done. Throws NotAllowed, AlertUnknown. */
async function admitted(
  pressed: SlackPress,
  person: SlackPerson,
  parts: Pick<ApiParts, 'registry' | 'temporal'>,
): Promise<() => Promise<Answered>> {
  const { registry } = parts;
  if (pressed.about === 'alerts') {
    const each = await requireMayAcknowledge(pressed, person, registry);
    return () => acknowledge(each, pressed.reason, registry);
  }
  const model = modelOf(pressed);
  const actor = actorOn(
    { subject: person.subject, grants: [...person.grants] },
    { model, market: await registry.marketOf({ model }) },
  );
  await requireMay(pressed, actor, registry);
  return () => answer(pressed, actor, parts);
}

/** Tells everybody under the message itself; what is added when it could not be changed. */
async function updated(
  { blocks, responseUrl }: SlackPress,
  line: string,
  asked: StillAsked,
  { update }: SlackOptions,
  log: ApiParts['log'],
): Promise<string> {
  const unchanged = 'The message above could not be changed: its buttons sign nothing twice.';
  if (blocks.length === 0) return unchanged;
  try {
    await update(responseUrl, { text: line, blocks: answeredMessage(blocks, line, asked) });
    return '';
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : '' }, 'a message in Slack was not changed');
    return unchanged;
  }
}

const SLACK_HOST = 'hooks.slack.com';
const RESPOND_TIMEOUT_MS = 10_000;

/** An answer that only the person sees. The address is Slack's own, whatever the request said. */
export async function respondAtSlack(responseUrl: string, text: string): Promise<void> {
  await post(responseUrl, { response_type: 'ephemeral', replace_original: false, text: escaped(text) });
}

/** Puts another message in the place of the one that a button was pressed under; messages of webhooks can be changed so as well. */
export async function replaceAtSlack(responseUrl: string, { text, blocks }: ReplacedMessage): Promise<void> {
  await post(responseUrl, { replace_original: true, text: escaped(text), blocks });
}

/** Throws SlackAddressForeign, SlackRefused; what fetch throws. */
async function post(responseUrl: string, body: object): Promise<void> {
  const url = new URL(responseUrl);
  if (url.protocol !== 'https:' || url.host !== SLACK_HOST)
    throw new SlackAddressForeign('an answer was to go elsewhere');
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(RESPOND_TIMEOUT_MS),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new SlackRefused(`Slack answered ${String(answer.status)}`);
}

/** The three control characters of Slack text: nobody is mentioned, nothing becomes a link. */
const escaped = (text: string): string =>
  text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;');

class SlackAddressForeign extends ContenderError {
  readonly code = 'SLACK_ADDRESS_FOREIGN';
  readonly kind = 'refused';
}

class SlackRefused extends ContenderError {
  readonly code = 'SLACK_REFUSED';
  readonly kind = 'unreachable';
}
