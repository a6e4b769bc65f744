export type { BackoffOptions } from './backoff';
export type { InboxPosition, InboxResync, InboxState } from './inbox-position';
export type { Unsubscribe } from './listeners';
export type { ConnectedInfo } from './session';
export { CLOSE_CODES, SignalClient } from './signal-client';
export type { ClosedInfo, SignalClientOptions, SignalClientState } from './signal-client';
export type { CloseInfo } from './transport';
export type { WebSocketConstructor, WebSocketLike } from './websocket-transport';
