import { messageType } from './message-types';
import { isMessage } from './message';
import type { TvanMessage } from './message';
import { verdictOf, VERDICT_CODES } from './verdict';
import type { Verdict, VerdictCodes } from './verdict';

/** A message that was sent. */
export interface SentMessage {
  /** MTDiep. */
  readonly id: string;
  /** MLTDiep. */
  readonly kind: string;
}

/** How far a sent message came. */
export type MessageState = 'SENT' | Exclude<Verdict, 'UNDECIDED'>;

export interface TrackedMessage {
  readonly state: MessageState;
  /** MTDiep of its answers, each once, in text order. */
  readonly answers: readonly string[];
  /** Some answers say yes and others no: a person must look, whatever the state shows. */
  readonly contradictory: boolean;
}

export interface StrayAnswer {
  readonly id: string;
  readonly reason: 'ANSWERS_NOTHING' | 'UNKNOWN_MESSAGE' | 'UNEXPECTED_KIND';
}

export interface TrackedMessages {
  /** By MTDiep of the sent message. */
  readonly messages: ReadonlyMap<string, TrackedMessage>;
  /** Answers that fit no sent message, in text order. */
  readonly strays: readonly StrayAnswer[];
}

/** A later state hides an earlier one, whatever came first: a code given proves more than a refusal. */
const RANK: Readonly<Record<MessageState, number>> = {
  SENT: 0,
  RECEIVED: 1,
  TECHNICAL_ERROR: 2,
  REFUSED: 3,
  ACCEPTED: 4,
  CODED: 5,
};

/**
 * The state of every sent message from whatever was received: answers in any order, repeated, or for others give the
 * same result. An answer belongs to the message that its MTDTChieu names, and counts where its kind may answer it.
 */
export function trackMessages(
  sent: readonly SentMessage[],
  received: readonly TvanMessage[],
  codes: VerdictCodes = VERDICT_CODES,
): TrackedMessages {
  const kinds = new Map(sent.map(({ id, kind }) => [id, kind]));
  const answers = new Map<string, Map<string, Set<Verdict>>>();
  const strays = new Map<string, StrayAnswer>();
  for (const message of received) {
    const id = message.TTChung.MTDiep;
    const answered = answeredId(message);
    const kind = answered === undefined ? undefined : kinds.get(answered);
    if (answered === undefined) addStray(strays, { id, reason: 'ANSWERS_NOTHING' });
    else if (kind === undefined) addStray(strays, { id, reason: 'UNKNOWN_MESSAGE' });
    else if (!messageType(kind)?.answers.includes(message.TTChung.MLTDiep)) {
      addStray(strays, { id, reason: 'UNEXPECTED_KIND' });
    } else {
      const own = answers.get(answered) ?? new Map<string, Set<Verdict>>();
      answers.set(answered, own.set(id, (own.get(id) ?? new Set<Verdict>()).add(verdictOf(message, codes))));
    }
  }
  const messages = [...kinds.keys()].map((id): [string, TrackedMessage] => [id, tracked(answers.get(id))]);
  return { messages: new Map(messages), strays: [...strays.keys()].toSorted().flatMap((key) => strays.get(key) ?? []) };
}

/** MTDTChieu; a technical answer without it names the message inside, and one with both must agree. */
export function answeredId(message: TvanMessage): string | undefined {
  const { MTDTChieu } = message.TTChung;
  const outer = MTDTChieu === '' ? undefined : MTDTChieu;
  if (!isMessage(message, '999')) return outer;
  const inner = message.DLieu.TBao.MTDiep;
  return outer === undefined || outer === inner ? inner : undefined;
}

function tracked(answers: ReadonlyMap<string, ReadonlySet<Verdict>> | undefined): TrackedMessage {
  const verdicts = [...(answers?.values() ?? [])].flatMap((set) => [...set]);
  let state: MessageState = 'SENT';
  for (const verdict of verdicts) {
    if (verdict !== 'UNDECIDED' && RANK[verdict] > RANK[state]) state = verdict;
  }
  const no = verdicts.some((verdict) => verdict === 'REFUSED' || verdict === 'TECHNICAL_ERROR');
  const yes = verdicts.some((verdict) => verdict === 'ACCEPTED' || verdict === 'CODED');
  return { state, answers: [...(answers?.keys() ?? [])].toSorted(), contradictory: no && yes };
}

function addStray(strays: Map<string, StrayAnswer>, stray: StrayAnswer): void {
  strays.set(`${stray.id} ${stray.reason}`, stray);
}
