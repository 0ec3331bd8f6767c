import { z } from 'zod';

/** Blocks of the message that a button stands under, as Slack sends them along; only what is looked at here. */
export const MessageBlocks = z
  .array(
    z.looseObject({
      type: z.string().max(40),
      block_id: z.string().max(255).optional(),
      elements: z.array(z.looseObject({ action_id: z.string().max(255).optional() })).optional(),
    }),
  )
  .max(50);
export type MessageBlocks = z.infer<typeof MessageBlocks>;

/** Which buttons, by their action, still do something under the message. */
export type StillAsked = (action: string) => boolean;

/** Slack takes no more in one message. */
const MOST_BLOCKS = 50;
const BUTTONS = 'decision';
const REASON = 'reason';

/** The message after somebody has answered it: what they did, and the buttons that are left. */
export function answeredMessage(blocks: MessageBlocks, line: string, asked: StillAsked): MessageBlocks {
  const buttons = blocks
    .filter(({ block_id: id }) => id === BUTTONS)
    .flatMap(({ elements = [] }) => elements)
    .filter(({ action_id: action = '' }) => asked(action));
  const left = blocks.flatMap((block) => {
    if (block.block_id !== REASON && block.block_id !== BUTTONS) return [block];
    if (buttons.length === 0) return [];
    return block.block_id === REASON ? [block] : [{ ...block, elements: buttons }];
  });
  // As plain text: a name in it mentions nobody.
  const told = {
    type: 'context',
    elements: [{ type: 'plain_text', text: line.slice(0, 1900), emoji: false }],
  };
  return [...left.slice(0, MOST_BLOCKS - 1), told];
}
