import { Module } from '@nestjs/common';
import { MissedNotifications } from '../resume/missed-notifications';
import { ResumeSessions } from '../resume/resume-sessions';
import { AuthenticateSession } from './authenticate-session';
import { Delivery } from './delivery';
import { JoinRooms } from './join-rooms';
import { Revocation } from './revocation';
import { RoomPolicy } from './room-policy';
import { RoomResolver } from './room-resolver';
import { SessionCore } from './session-core';
import { SessionRegistry } from './session-registry';
import { SessionSweeps } from './session-sweeps';
import { SocketIoTransport } from './socket-io-transport';
import { StreamDoor } from './stream-door';
import { StreamMetrics } from './stream-metrics';
import { WebSocketTransport } from './websocket-transport';

/** `/stream`: the session core and its transports. */
@Module({
  providers: [
    SessionRegistry,
    StreamMetrics,
    Delivery,
    RoomResolver,
    RoomPolicy,
    Revocation,
    JoinRooms,
    MissedNotifications,
    ResumeSessions,
    AuthenticateSession,
    SessionCore,
    SessionSweeps,
    WebSocketTransport,
    SocketIoTransport,
    StreamDoor,
  ],
  exports: [Delivery, ResumeSessions, SessionRegistry, StreamMetrics],
})
export class StreamModule {}
