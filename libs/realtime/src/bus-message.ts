/** Who gets a message. */
export type BusDestination =
  | { readonly type: 'client' | 'user'; readonly target: string }
  | { readonly type: 'room'; readonly target: string; readonly exclude?: readonly string[] | undefined }
  | { readonly type: 'broadcast'; readonly exclude?: readonly string[] | undefined };

/** Servers take any text that is not their own id; producers have always said this. */
const PRODUCER_ID = 'emitter';

/**
 * Channel and body of the Redis bus. The order of the members is part of the format: other producers and consumers of
 * the platform compare bodies byte for byte. Undefined members are left out. Throws TypeError for data without JSON form.
 */
export function busMessage(
  destination: BusDestination,
  event: string,
  data: unknown,
): { readonly channel: string; readonly body: string } {
  const { type } = destination;
  const target = type === 'broadcast' ? undefined : destination.target;
  const exclude = 'exclude' in destination ? destination.exclude : undefined;
  const channel = target === undefined ? 'ws:broadcast' : `ws:${type}:${target}`;
  return { channel, body: JSON.stringify({ serverId: PRODUCER_ID, type, target, event, data, exclude }) };
}
